import { describe, expect, it } from 'vitest';
import { unitOf } from './siblings.ts';
import { FAKE_ACCELERATOR, fakeQueue, fakeSession } from './testing/fake-engine.ts';

const HOLDERS = ['vm0/0', 'vm0/1', 'a/b/3'];

function engine(stopPerQueue: boolean, holders: readonly string[] = HOLDERS) {
  const { capabilities } = FAKE_ACCELERATOR;
  const device = {
    ...FAKE_ACCELERATOR,
    group: { id: '0', holders: [...holders] },
    capabilities: { ...capabilities, stopPerQueue },
  };
  const queues = [0, 1].map((index) => fakeQueue(index, { accelerator: 'sim0' }));
  return { accelerators: () => [device], session: (name: string) => fakeSession(name, { queues }) };
}

const change = (desired: 'software' | 'accelerated', accelerator: string | null = null) => ({
  session: 'vm0',
  index: 1,
  desired,
  accelerator,
});

describe('The unit that a queue leaves', () => {
  it('is all else that a device serves which cannot stop one queue alone', () => {
    expect(unitOf(engine(false), change('software'))).toEqual({
      accelerator: 'sim0',
      siblings: [
        { session: 'vm0', index: 0 },
        { session: 'a/b', index: 3 },
      ],
    });
  });

  it('is left for another accelerator as well as for software', () => {
    expect(unitOf(engine(false), change('accelerated', 'sim1'))?.siblings).toHaveLength(2);
    expect(unitOf(engine(false), change('accelerated', 'sim0'))).toBeNull();
    expect(unitOf(engine(false), change('accelerated'))).toBeNull();
  });

  it('is none where the device stops queues alone, where it serves no other, and where it does not serve this one', () => {
    expect(unitOf(engine(true), change('software'))).toBeNull();
    expect(unitOf(engine(false, ['vm0/1']), change('software'))).toBeNull();
    expect(unitOf(engine(false, ['vm0/0']), change('software'))).toBeNull();
  });
});
