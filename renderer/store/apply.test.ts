import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEED_LIMIT, type StateEvent } from '../../app/contract/events.ts';
import { apply, type PanelEvent } from './apply.ts';
import { keyOf } from '../../app/contract/queue-key.ts';
import { emptyState, type PanelState } from './state.ts';
import {
  acceleratorRecord,
  engineSnapshot,
  fellBackRecord,
  mappedRecord,
  MOMENT,
  queueRecord,
  sessionRecord,
  sessionSnapshot,
} from './testing/records.ts';

const LAB0 = keyOf('lab', 0);

const fold = (events: readonly PanelEvent[], from: PanelState = emptyState(0)): PanelState =>
  events.reduce(apply, from);

const state = (event: StateEvent, at = MOMENT): PanelEvent => ({ kind: 'state', event, at });

const snapshot = (seq: number, queues = [queueRecord(0), queueRecord(1)]): PanelEvent =>
  state({ kind: 'snapshot', seq, snapshot: engineSnapshot([sessionSnapshot('lab', { queues })]), feed: [] });

const changed = (seq: number, part: Partial<Extract<StateEvent, { kind: 'changed' }>> = {}): PanelEvent =>
  state({
    kind: 'changed',
    seq,
    sessions: [],
    removed: [],
    queues: [],
    accelerators: [],
    feed: [],
    readOnly: false,
    ...part,
  });

const connected: PanelEvent = { kind: 'link', link: { kind: 'connected', since: 1 } };
const lost: PanelEvent = {
  kind: 'link',
  link: { kind: 'lost', since: 5, cause: 'closed', retryAt: 6 },
};

describe('apply', () => {
  it('a changed event after the snapshot replaces exactly the queue it names', () => {
    const before = fold([snapshot(0)]);
    const after = apply(before, changed(1, { queues: [{ session: 'lab', queue: mappedRecord(0) }] }));
    expect(after.queues.get(LAB0)?.phase).toBe('mapped');
    expect(after.queues.get(keyOf('lab', 1))).toBe(before.queues.get(keyOf('lab', 1)));
    expect(after.order).toBe(before.order);
  });

  it('a gap in the numbers is counted, changes nothing else and waits for a snapshot', () => {
    const before = fold([snapshot(0)]);
    const after = apply(before, changed(3, { queues: [{ session: 'lab', queue: mappedRecord(0) }] }));
    expect(after.dropped).toBe(2);
    expect(after.seq).toBeNull();
    expect(after.queues).toBe(before.queues);
    expect(apply(after, changed(4))).toBe(after);
    expect(apply(after, snapshot(5)).seq).toBe(5);
  });

  it('an event seen before is ignored', () => {
    const before = fold([snapshot(4), changed(5)]);
    expect(apply(before, changed(5, { queues: [{ session: 'lab', queue: mappedRecord(0) }] }))).toBe(before);
  });

  it('nothing is shown before the first snapshot', () => {
    expect(fold([changed(0, { queues: [{ session: 'lab', queue: queueRecord(0) }] })]).queues.size).toBe(0);
  });

  it('a removed endpoint takes its queues, their order and their history with it', () => {
    const counters: PanelEvent = {
      kind: 'counters',
      at: MOMENT,
      event: {
        at: MOMENT,
        loopDelayMs: 1,
        queues: [{ session: 'lab', index: 0 }],
        values: [1, 1, 1, 1, 1, 1, 1, 1],
      },
    };
    const after = fold([snapshot(0), counters, changed(1, { removed: ['lab'] })]);
    expect([after.queues.size, after.order.size, after.histories.size, after.sessions.length]).toEqual([
      0, 0, 0, 0,
    ]);
  });

  it('one more holder of a group is told by the accelerator and seen in every queue that holds it', () => {
    const before = fold([snapshot(0, [mappedRecord(0, { group: { id: 's1', holders: 1, sent: false } })])]);
    const group = { id: 's1', holders: ['lab/0', 'lab/1'] };
    const after = apply(before, changed(1, { accelerators: [acceleratorRecord('emu0', { group })] }));
    expect(after.queues.get(LAB0)?.group).toEqual({ id: 's1', holders: 2, sent: false });
  });

  it('a new endpoint comes with its queues in one event', () => {
    const queues = [queueRecord(0), queueRecord(1)].map((queue) => ({ session: 'vm1', queue }));
    const after = fold([snapshot(0), changed(1, { sessions: [sessionRecord('vm1', 2)], queues })]);
    expect(after.order.get('vm1')).toEqual(['vm1/0', 'vm1/1']);
  });

  it('an endpoint that shrinks loses its last queues', () => {
    const after = fold([snapshot(0), changed(1, { sessions: [sessionRecord('lab', 1)] })]);
    expect([...after.queues.keys()]).toEqual([LAB0]);
    expect(after.order.get('lab')).toEqual([LAB0]);
  });

  it('the feed keeps the newest entries', () => {
    const feed = Array.from({ length: FEED_LIMIT + 3 }, (_, place) => ({
      at: place,
      severity: 'note' as const,
      session: null,
      queue: null,
      code: 'x',
      message: String(place),
    }));
    const after = fold([snapshot(0), changed(1, { feed })]);
    expect(after.feed.length).toBe(FEED_LIMIT);
    expect(after.feed.at(-1)?.message).toBe(String(FEED_LIMIT + 2));
  });

  it('a request stays open until the record says the same, and never changes the record itself', () => {
    const before = { kicks: 41_200, doorbells: null };
    const asked = fold([
      snapshot(0),
      { kind: 'asked', key: LAB0, desired: 'accelerated', at: 1, before },
      changed(1),
    ]);
    expect(asked.asked.has(LAB0)).toBe(true);
    expect(asked.queues.get(LAB0)?.desired).toBe('software');
    const done = apply(asked, changed(2, { queues: [{ session: 'lab', queue: mappedRecord(0) }] }));
    expect(done.asked.has(LAB0)).toBe(false);
  });

  it('a refused request keeps its error until the next one', () => {
    const before = { kicks: null, doorbells: null };
    const error = { code: 'read-only' as const, message: 'read-only' };
    const after = fold([
      snapshot(0),
      { kind: 'asked', key: LAB0, desired: 'accelerated', at: 1, before },
      { kind: 'refused', key: LAB0, error },
      changed(1),
    ]);
    expect(after.asked.get(LAB0)?.error).toEqual(error);
    const again = apply(after, { kind: 'asked', key: LAB0, desired: 'accelerated', at: 2, before });
    expect(again.asked.get(LAB0)?.error).toBeNull();
  });

  it('the change that this window asked for is measured from when the queue runs as asked', () => {
    const before = { kicks: 41_200, doorbells: null };
    const arming = mappedRecord(0, { phase: 'arming', evidence: 0 });
    const asked = fold([
      snapshot(0),
      { kind: 'asked', key: LAB0, desired: 'accelerated', at: 1, before },
      changed(1, { queues: [{ session: 'lab', queue: arming }] }),
    ]);
    expect(asked.measured.get(LAB0)).toEqual({ before, reachedAt: null });
    const queue = mappedRecord(0, { evidence: 1, since: MOMENT + 40 });
    const done = apply(asked, changed(2, { queues: [{ session: 'lab', queue }] }));
    expect(done.measured.get(LAB0)).toEqual({ before, reachedAt: MOMENT + 40 });
  });

  it('a queue that falls back after the request shows no measured change', () => {
    const before = { kicks: 41_200, doorbells: null };
    const after = fold([
      snapshot(0),
      { kind: 'asked', key: LAB0, desired: 'accelerated', at: 1, before },
      changed(1, { queues: [{ session: 'lab', queue: mappedRecord(0, { phase: 'arming', evidence: 0 }) }] }),
      changed(2, { queues: [{ session: 'lab', queue: fellBackRecord(0) }] }),
    ]);
    expect(after.measured.has(LAB0)).toBe(false);
  });

  it('a lost link freezes the picture, and its return lists what changed meanwhile', () => {
    const frozen = fold([{ kind: 'heard', at: 3 }, snapshot(0), lost]);
    expect(frozen.frozenAt).toBe(3);
    expect(frozen.queues.size).toBe(2);
    const back = fold(
      [connected, { kind: 'heard', at: 9 }, snapshot(0, [mappedRecord(0), queueRecord(1)])],
      frozen,
    );
    expect(back.frozenAt).toBeNull();
    expect(back.away?.changes).toEqual([{ key: LAB0, was: 'SW', is: 'ACC' }]);
  });

  it('a resync within a living link is no absence', () => {
    expect(fold([connected, snapshot(0), changed(4), snapshot(5, [mappedRecord(0)])]).away).toBeNull();
  });

  it('whatever is dropped, doubled or late, the picture after the next snapshot is the engine’s', () => {
    const step = fc.record({
      index: fc.nat(3),
      kind: fc.constantFrom('software', 'mapped', 'fellBack'),
      fate: fc.constantFrom('sent', 'dropped', 'doubled', 'late'),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const truth = [0, 1, 2, 3].map((index) => queueRecord(index));
        let panel = fold([snapshot(0, truth)]);
        let held: PanelEvent | null = null;
        steps.forEach(({ index, kind, fate }, place) => {
          const make = { software: queueRecord, mapped: mappedRecord, fellBack: fellBackRecord }[kind];
          truth[index] = make(index);
          const event = changed(place + 1, { queues: [{ session: 'lab', queue: make(index) }] });
          if (fate === 'late') held = event;
          if (fate === 'sent' || fate === 'doubled') panel = apply(panel, event);
          if (fate === 'doubled') panel = apply(panel, event);
          if (held !== null && fate === 'sent') panel = apply(panel, held);
        });
        const isWhole = steps.every(({ fate }) => fate === 'sent' || fate === 'doubled');
        if (!isWhole) panel = apply(panel, snapshot(steps.length + 1, truth));
        expect([...panel.queues.values()]).toEqual(truth);
        if (isWhole) expect(panel.dropped).toBe(0);
      }),
    );
  });
});
