import { describe, expect, it } from 'vitest';
import { mappedRecord, MOMENT, queueRecord } from '../../store/testing/records.ts';
import { bandsOf } from './bands.ts';

describe('bandsOf', () => {
  it('covers the last minute without holes', () => {
    const transitions = [
      { at: MOMENT - 20_000, from: 'software', to: 'arming', cause: 'asked' },
      { at: MOMENT - 19_000, from: 'arming', to: 'mapped', cause: 'answered' },
    ];
    expect(bandsOf(mappedRecord(0, { transitions }), MOMENT)).toEqual([
      { from: -60, to: -20, phase: 'software' },
      { from: -20, to: -19, phase: 'arming' },
      { from: -19, to: 0, phase: 'mapped' },
    ]);
  });

  it('transitions before the minute only say how it began', () => {
    const transitions = [{ at: MOMENT - 90_000, from: 'down', to: 'software', cause: 'enabled' }];
    expect(bandsOf(queueRecord(0, { transitions }), MOMENT)).toEqual([
      { from: -60, to: 0, phase: 'software' },
    ]);
  });

  it('without transitions what was before is unknown', () => {
    expect(bandsOf(queueRecord(0, { since: MOMENT - 10_000 }), MOMENT)).toEqual([
      { from: -60, to: -10, phase: null },
      { from: -10, to: 0, phase: 'software' },
    ]);
  });
});
