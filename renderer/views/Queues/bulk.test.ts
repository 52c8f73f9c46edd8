import { describe, expect, it } from 'vitest';
import type { QueueKey } from '../../store/key.ts';
import { fellBackRecord, mappedRecord, queueRecord } from '../../store/testing/records.ts';
import { desiredOf, outcomeOf, planOf, type Targets } from './bulk.ts';

const KEYS: readonly QueueKey[] = ['lab/0', 'lab/1', 'lab/2', 'lab/3'];
const arming = mappedRecord(3, { phase: 'arming', evidence: 0 });
const queues = new Map([
  [KEYS[0] ?? 'lab/0', mappedRecord(0)],
  [KEYS[1] ?? 'lab/1', fellBackRecord(1)],
  [KEYS[2] ?? 'lab/2', queueRecord(2)],
  [KEYS[3] ?? 'lab/3', arming],
]);

const accelerated = (keys: readonly QueueKey[]): Targets => new Map(keys.map((key) => [key, 'accelerated']));

describe('planOf', () => {
  it('a queue that fell back is retried, one that is wanted so already is left alone', () => {
    expect(planOf({ queues }, KEYS, 'accelerated')).toEqual({
      change: ['lab/1', 'lab/2'],
      already: ['lab/0', 'lab/3'],
    });
  });
});

describe('outcomeOf', () => {
  it('counts each queue once, by what became of it', () => {
    expect(outcomeOf({ queues, asked: new Map() }, accelerated(KEYS))).toEqual({
      asDesired: 1,
      otherwise: 1,
      refused: 0,
      toGo: 2,
    });
  });

  it('a refused request is not done, whatever the queue runs as', () => {
    const error = { code: 'read-only' as const, message: '' };
    const request = {
      desired: 'accelerated' as const,
      at: 0,
      before: { kicks: null, doorbells: null },
      error,
    };
    const asked = new Map([[KEYS[2] ?? 'lab/2', request]]);
    expect(outcomeOf({ queues, asked }, accelerated(['lab/2'])).refused).toBe(1);
  });
});

describe('desiredOf', () => {
  it('undoing a retry asks for what was wanted before it, which is the same', () => {
    expect([...desiredOf({ queues }, ['lab/1', 'lab/2'])]).toEqual([
      ['lab/1', 'accelerated'],
      ['lab/2', 'software'],
    ]);
  });
});
