import { describe, expect, it } from 'vitest';
import { MOMENT, queueRecord } from '../../store/testing/records.ts';
import { linesOf } from './lines.ts';

const transition = {
  at: MOMENT + 2,
  from: 'software',
  to: 'arming',
  cause: 'queue.set accelerated, request 77',
};
const state = {
  feed: [
    {
      at: MOMENT,
      severity: 'note' as const,
      session: null,
      queue: null,
      code: 'started',
      message: 'listens',
    },
    {
      at: MOMENT + 3,
      severity: 'warn' as const,
      session: 'lab',
      queue: 1,
      code: 'fell-back',
      message: 'why',
    },
  ],
  queues: new Map([
    ['lab/0' as const, queueRecord(0)],
    ['lab/1' as const, queueRecord(1, { transitions: [transition] })],
  ]),
};

describe('linesOf', () => {
  it('events and transitions stand in one order, newest first', () => {
    expect(linesOf(state, null).map(({ event }) => event)).toEqual([
      'fell-back',
      'software → arming',
      'started',
    ]);
  });

  it('of one queue, only what is about it', () => {
    expect(linesOf(state, 'lab/1').map(({ event }) => event)).toEqual(['fell-back', 'software → arming']);
    expect(linesOf(state, 'lab/0')).toEqual([]);
  });

  it('a transition that the feed tells of as well stands there once', () => {
    const twice = {
      at: transition.at,
      severity: 'note' as const,
      session: 'lab',
      queue: 1,
      code: 'transition',
    };
    const feed = [...state.feed, { ...twice, message: 'tx software → arming: queue.set accelerated' }];
    expect(linesOf({ ...state, feed }, 'lab/1').map(({ event }) => event)).toEqual([
      'fell-back',
      'software → arming',
    ]);
  });

  it('of the same millisecond, the later stands above', () => {
    const next = { ...transition, from: 'arming', to: 'mapped' };
    const queues = new Map([['lab/1' as const, queueRecord(1, { transitions: [transition, next] })]]);
    expect(linesOf({ feed: [], queues }, null).map(({ event }) => event)).toEqual([
      'arming → mapped',
      'software → arming',
    ]);
  });
});
