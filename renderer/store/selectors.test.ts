import { describe, expect, it } from 'vitest';
import { extend, sampleOf } from './history.ts';
import {
  blockedBecause,
  count,
  countsOf,
  engineClock,
  exceptionsOf,
  isException,
  livenessOf,
  progressOf,
} from './selectors.ts';
import { emptyState, type PanelState } from './state.ts';
import { fellBackRecord, mappedRecord, queueRecord } from './testing/records.ts';

const live: PanelState = {
  ...emptyState(0),
  link: { kind: 'connected', since: 0 },
  engine: { version: '0', pid: 1, startedAt: 0 },
  heardAt: 10_000,
};

describe('count', () => {
  it('a queue that is down is no part of n of m', () => {
    const down = queueRecord(2, { phase: 'down', started: false });
    const counts = count([queueRecord(0), fellBackRecord(1), down]);
    expect([counts.asDesired, counts.counted, counts.total]).toEqual([1, 2, 3]);
  });

  it('an acknowledged page without proof is as desired, and not yet proven', () => {
    const counts = count([mappedRecord(0, { evidence: 1 })]);
    expect([counts.asDesired, counts.unproven]).toEqual([1, 1]);
  });
});

describe('countsOf and exceptionsOf', () => {
  it('derive once from the queues of one state, and anew from those of the next', () => {
    const queues = new Map([
      ['lab/0', fellBackRecord(0)],
      ['lab/1', fellBackRecord(1, { acknowledged: true })],
    ] as const);
    expect(countsOf(queues)).toEqual(count(queues.values()));
    expect(countsOf(queues)).toBe(countsOf(queues));
    expect(exceptionsOf(queues)).toEqual({ otherwise: 2, exceptions: 1 });
    expect(exceptionsOf(new Map())).toEqual({ otherwise: 0, exceptions: 0 });
  });
});

describe('isException', () => {
  it('a fallback that was acknowledged is none any more, a contradiction always is', () => {
    const contradiction = { code: 'kicks-after-ack' as const, message: 'kicks', at: 0 };
    expect(isException(fellBackRecord(0))).toBe(true);
    expect(isException(fellBackRecord(0, { acknowledged: true }))).toBe(false);
    expect(isException(mappedRecord(0, { contradiction, acknowledged: true }))).toBe(true);
  });
});

describe('livenessOf', () => {
  it('says live, silent or lost, and never live for a frozen picture', () => {
    expect(livenessOf(live, 11_000)).toBe('live');
    expect(livenessOf(live, 20_000)).toBe('stale');
    expect(livenessOf({ ...live, frozenAt: 9_000 }, 11_000)).toBe('lost');
    expect(livenessOf(emptyState(0), 1)).toBe('loading');
  });

  it('every state in which controls do nothing has a reason', () => {
    expect(blockedBecause(live, 11_000)).toBeNull();
    expect(blockedBecause({ ...live, readOnly: true }, 11_000)).toContain('read-only');
    expect(blockedBecause(live, 20_000)).toContain('silent');
    expect(blockedBecause({ ...live, frozenAt: 1 }, 11_000)).toContain('frozen');
  });
});

describe('engineClock', () => {
  it('stands still on a frozen picture', () => {
    const frozen = { ...live, frozenAt: 9_000, skewMs: 5 };
    expect(engineClock(frozen, 50_000)).toBe(9_005);
    expect(engineClock({ ...live, skewMs: 5 }, 11_000)).toBe(11_005);
  });
});

describe('progressOf', () => {
  const at = (availIdx: number, usedIdx: number) =>
    [0, 50, 400, 700].reduce(
      (history, time, place) =>
        extend(history, sampleOf(time, [0, 0, 0, 0, 0, 0, availIdx, place === 0 ? usedIdx - 1 : usedIdx], 0)),
      extend(undefined, sampleOf(-1, [0, 0, 0, 0, 0, 0, availIdx, usedIdx - 1], 0)),
    );

  it('descriptors that wait without moving are a stall, except on a receive queue', () => {
    expect(progressOf(queueRecord(1), at(9, 5), 60_000)).toEqual({ kind: 'stalled', since: 50 });
    expect(progressOf(queueRecord(0), at(9, 5), 60_000)).toEqual({ kind: 'idle', since: 50 });
    expect(progressOf(queueRecord(1), at(5, 5), 60_000)).toEqual({ kind: 'idle', since: 50 });
  });

  it('a ring that just moved is moving; one that is down or never counted is unknown', () => {
    expect(progressOf(queueRecord(1), at(9, 5), 800)).toEqual({ kind: 'moving' });
    expect(progressOf(queueRecord(1, { phase: 'down' }), at(9, 5), 800)).toEqual({ kind: 'unknown' });
    expect(progressOf(queueRecord(1), undefined, 800)).toEqual({ kind: 'unknown' });
  });
});
