import { expect, test } from 'vitest';
import type { FeedEntry, StateEvent } from '../contract/events.ts';
import { eventObjects, feedLine } from './event-lines.ts';

const ENTRY: FeedEntry = {
  at: 5,
  severity: 'warn',
  session: 'vm0',
  queue: 1,
  code: 'page-refused',
  message: 'Answer 1.',
};
const CHANGED: Extract<StateEvent, { kind: 'changed' }> = {
  kind: 'changed',
  seq: 4,
  sessions: [],
  removed: ['old'],
  queues: [],
  accelerators: [],
  feed: [ENTRY],
  readOnly: true,
};

test('a removed endpoint, a log line and the read-only switch are an object each', () => {
  expect(eventObjects(CHANGED, false)).toEqual([
    { event: 'removed', session: 'old' },
    {
      event: 'log',
      at: 5,
      severity: 'warn',
      session: 'vm0',
      queue: 1,
      code: 'page-refused',
      message: 'Answer 1.',
    },
    { event: 'read-only', readOnly: true },
  ]);
});

test('a switch that did not move is not told', () => {
  expect(eventObjects({ ...CHANGED, removed: [], feed: [] }, true)).toEqual([]);
});

test('a feed line says when, how bad, where and what', () => {
  const line = feedLine({ ...ENTRY, at: new Date(2026, 0, 2, 3, 4, 5, 6).getTime() });
  expect(line).toBe('03:04:05.006 warn vm0 q1 page-refused: Answer 1.');
});

test('a transition needs no code, and an engine-wide line no place', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  expect(
    feedLine({
      at,
      severity: 'note',
      session: null,
      queue: null,
      code: 'transition',
      message: 'tx a → b: c',
    }),
  ).toBe('03:04:05.006 note tx a → b: c');
});
