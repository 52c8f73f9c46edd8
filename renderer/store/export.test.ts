import { describe, expect, it } from 'vitest';
import { eventLines, fileName, queueLines } from './export.ts';
import { emptyState } from './state.ts';
import { mappedRecord, queueRecord, sessionRecord } from './testing/records.ts';

const state = {
  ...emptyState(0),
  sessions: [sessionRecord('lab', 2)],
  queues: new Map([
    ['lab/0' as const, queueRecord(0)],
    ['lab/1' as const, mappedRecord(1)],
  ]),
};

describe('export', () => {
  it('is one readable record a line, whose unknown counters are null', () => {
    const records = queueLines(state)
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(records).toMatchObject([
      { session: 'lab', index: 0, counters: { doorbells: null }, described: { word: 'SW' } },
      { session: 'lab', index: 1, simulated: false, described: { notifyRegion: 'mapped @0x1000 g4' } },
    ]);
  });

  it('nothing is no line', () => {
    expect(eventLines(state)).toBe('');
  });

  it('a file is named by what it holds and when', () => {
    expect(fileName('queues', Date.UTC(2026, 10, 26, 19, 22, 33, 5))).toBe(
      'doorbell-queues-20261126T192233Z.jsonl',
    );
  });
});
