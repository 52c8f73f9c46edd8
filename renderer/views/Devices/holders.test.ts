import { describe, expect, it } from 'vitest';
import { holdersByVm } from './holders.ts';

describe('holdersByVm', () => {
  it('queues stand under their VM, in their order', () => {
    expect(holdersByVm(['web-01/0', 'db/with/slash/4', 'web-01/3'])).toEqual([
      {
        vm: 'web-01',
        queues: [
          { label: 'q0', key: 'web-01/0' },
          { label: 'q3', key: 'web-01/3' },
        ],
      },
      { vm: 'db/with/slash', queues: [{ label: 'q4', key: 'db/with/slash/4' }] },
    ]);
  });

  it('a holder that is no queue is named as it is', () => {
    expect(holdersByVm(['probe'])).toEqual([{ vm: 'other', queues: [{ label: 'probe', key: null }] }]);
  });
});
