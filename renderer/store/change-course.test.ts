import { describe, expect, it } from 'vitest';
import { AT_A_TIME, fateOf, nextToSend, planOf, tallyOf, undoOf } from './change-course.ts';
import type { Change } from './change.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';
import type { Asked } from './state.ts';
import { fellBackRecord, mappedRecord, queueRecord } from './testing/records.ts';

const KEYS: readonly QueueKey[] = ['lab/0', 'lab/1', 'lab/2', 'lab/3'];
const arming = mappedRecord(3, { phase: 'arming', evidence: 0 });
const queues = new Map([
  ['lab/0' as const, mappedRecord(0)],
  ['lab/1' as const, fellBackRecord(1)],
  ['lab/2' as const, queueRecord(2)],
  ['lab/3' as const, arming],
]);
const nothingAsked = new Map<QueueKey, Asked>();

/** All four wanted accelerated, sent and taken; before it all four ran in software. */
const change = (over: Partial<Change> = {}): Change => ({
  id: 1,
  at: 0,
  targets: new Map(KEYS.map((key) => [key, 'accelerated'])),
  before: new Map(KEYS.map((key, index) => [key, queueRecord(index)])),
  accelerator: null,
  sent: new Map(KEYS.map((key, index) => [key, 70 + index])),
  stopAtFailure: false,
  reverses: null,
  isOver: false,
  ...over,
});

const refused = (key: QueueKey): ReadonlyMap<QueueKey, Asked> =>
  new Map([
    [
      key,
      {
        desired: 'accelerated',
        at: 0,
        before: { kicks: null, doorbells: null },
        error: { code: 'read-only', message: '' },
      },
    ],
  ]);

describe('planOf', () => {
  it('a queue that fell back is retried, one that is wanted so already is left alone', () => {
    expect(planOf({ queues }, KEYS, 'accelerated')).toEqual({
      change: ['lab/1', 'lab/2'],
      already: ['lab/0', 'lab/3'],
    });
  });
});

describe('fateOf', () => {
  it('counts each queue once, by what became of it', () => {
    expect(tallyOf({ queues, asked: nothingAsked }, change())).toEqual({
      asDesired: 1,
      otherwise: 2,
      refused: 0,
      unsent: 0,
      running: 1,
      waiting: 0,
    });
  });

  it('a refused request is not done, whatever the queue runs as', () => {
    expect(fateOf({ queues, asked: refused('lab/0') }, change(), 'lab/0')).toBe('refused');
  });

  it('a refusal of an earlier request says nothing about one that was not sent yet', () => {
    expect(fateOf({ queues, asked: refused('lab/0') }, change({ sent: new Map() }), 'lab/0')).toBe('waiting');
  });

  it('a retry is on its way until the engine sends another record, even if its answer came first', () => {
    const before = new Map([['lab/1' as const, queues.get('lab/1') ?? fellBackRecord(1)]]);
    expect(fateOf({ queues, asked: nothingAsked }, change({ before }), 'lab/1')).toBe('running');
  });

  it('after a failure the unsent rest stays unsent where that was asked for', () => {
    const sent = new Map([['lab/1' as const, 70]]);
    const known = { queues, asked: nothingAsked };
    expect(tallyOf(known, change({ sent, stopAtFailure: true }))).toMatchObject({ otherwise: 1, unsent: 3 });
    expect(tallyOf(known, change({ sent }))).toMatchObject({ otherwise: 1, waiting: 3 });
  });
});

describe('nextToSend', () => {
  it('never has more than a few on their way', () => {
    const many = Array.from({ length: 9 }, (_, index): QueueKey => `lab/${index}`);
    const state = {
      queues: new Map(many.map((key, index) => [key, queueRecord(index)])),
      asked: nothingAsked,
    };
    const whole = change({ targets: new Map(many.map((key) => [key, 'accelerated'])), before: state.queues });
    expect(nextToSend(state, { ...whole, sent: new Map() })).toEqual(many.slice(0, AT_A_TIME));
    const sent = new Map(many.slice(0, AT_A_TIME).map((key) => [key, null]));
    expect(nextToSend(state, { ...whole, sent })).toEqual([]);
  });
});

describe('undoOf', () => {
  it('asks back what is wanted otherwise now; a queue that the engine never took needs no undo', () => {
    expect([...undoOf(queues, change())]).toEqual([
      ['lab/0', 'software'],
      ['lab/1', 'software'],
      ['lab/3', 'software'],
    ]);
  });

  it('a queue that somebody else wanted otherwise since is left alone', () => {
    const targets = new Map([['lab/0' as const, 'software' as const]]);
    expect([...undoOf(queues, change({ targets }))]).toEqual([]);
  });
});
