import { describe, expect, it } from 'vitest';
import { needsConsent, previewOf, type Wish } from './consequences.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';
import { acceleratorRecord, mappedRecord, queueRecord, sessionRecord } from './testing/records.ts';

const can = acceleratorRecord('emu0').capabilities;
const knows = (over: Partial<ReturnType<typeof acceleratorRecord>> = {}, count = 4) => ({
  queues: new Map(
    Array.from({ length: count }, (_, index) => [`lab/${index}` as QueueKey, queueRecord(index)] as const),
  ),
  sessions: [sessionRecord('lab', count)],
  accelerators: [acceleratorRecord('emu0', over)],
});
const wish = (keys: readonly QueueKey[], over: Partial<Wish> = {}): Wish => ({
  keys,
  desired: 'accelerated',
  accelerator: null,
  ...over,
});

describe('previewOf', () => {
  it('one queue of a device that stops queues alone needs no consent', () => {
    expect(needsConsent(previewOf(knows(), wish(['lab/1'])))).toBe(false);
  });

  it('names the siblings of a device that stops all of its queues as a unit', () => {
    const state = knows({
      capabilities: { ...can, stopPerQueue: false },
      group: { id: '15', holders: ['lab/0', 'db/4'] },
    });
    state.queues.set('lab/0', mappedRecord(0));
    expect(previewOf(state, wish(['lab/0'], { desired: 'software' })).consequences).toEqual([
      { kind: 'siblings', accelerator: 'emu0', siblings: ['db/4'] },
    ]);
  });

  it('counts what has to drain where the device can only start at index 0', () => {
    const state = knows({ capabilities: { ...can, restoreIndex: 'zero-only' } });
    state.queues.set('lab/3', queueRecord(3, { availIdx: 20, usedIdx: 65_515 }));
    expect(previewOf(state, wish(['lab/3'])).consequences).toEqual([
      { kind: 'wrap', accelerator: 'emu0', inFlight: 41 },
    ]);
  });

  it('nine queues and more are shown first', () => {
    const keys = Array.from({ length: 9 }, (_, index): QueueKey => `lab/${index}`);
    expect(previewOf(knows({}, 9), wish(keys)).consequences).toEqual([{ kind: 'many', queues: 9 }]);
    expect(needsConsent(previewOf(knows({}, 9), wish(keys.slice(1))))).toBe(false);
  });

  it('while a migration logs dirty pages nothing is accelerated by a device that does not', () => {
    const session = sessionRecord('lab', 4);
    const names = { virtio: ['VHOST_F_LOG_ALL'], protocol: [] };
    const state = { ...knows(), sessions: [{ ...session, featureNames: names }] };
    const preview = previewOf(state, wish(['lab/1']));
    expect(preview.change).toEqual([]);
    expect([...preview.blocked]).toEqual([['lab/1', 'migration']]);
  });

  it('without a usable accelerator nothing is sent', () => {
    expect([...previewOf(knows({ usable: false }), wish(['lab/1'])).blocked.values()]).toEqual([
      'no-accelerator',
    ]);
  });

  it('another accelerator is a change of a queue that is accelerated already', () => {
    const state = {
      ...knows(),
      accelerators: [acceleratorRecord('emu0'), acceleratorRecord('emu1')],
    };
    state.queues.set('lab/0', mappedRecord(0));
    expect(previewOf(state, wish(['lab/0'], { accelerator: 'emu1' })).change).toEqual(['lab/0']);
    expect(previewOf(state, wish(['lab/0'], { accelerator: 'emu0' })).already).toEqual(['lab/0']);
  });
});
