import { describe, expect, it } from 'vitest';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { PanelState } from '../../store/state.ts';
import {
  fellBackRecord,
  mappedRecord,
  panelOf,
  queueRecord,
  sessionSnapshot,
} from '../../store/testing/records.ts';
import { buildRows, countMoved, matchesText, rowsSelector, structureOf, type Wanted } from './rows.ts';

const stateOf = (lab: readonly QueueSnapshot[]): PanelState =>
  panelOf(
    sessionSnapshot('lab', { queues: [...lab] }),
    sessionSnapshot('vm1', {
      state: 'waiting',
      queues: [queueRecord(0, { phase: 'down', started: false })],
    }),
  );

const all: Wanted = { text: '', chip: 'all', turned: new Set(), columns: 100 };
const ids = (state: PanelState, wanted: Wanted): readonly string[] =>
  buildRows(state, wanted).map(({ id }) => id);

describe('buildRows', () => {
  const state = stateOf([queueRecord(0), fellBackRecord(1), mappedRecord(2)]);

  it('exceptions come first and once, a waiting endpoint is its command', () => {
    expect(ids(state, all)).toEqual([
      'exceptions',
      'lab/1',
      'vm lab',
      'lab/0',
      'lab/2',
      'vm vm1',
      'command vm1',
    ]);
  });

  it('a waiting endpoint unfolds its queues, a connected one folds them', () => {
    const turned = new Set(['lab', 'vm1']);
    expect(ids(state, { ...all, turned })).toEqual([
      'exceptions',
      'lab/1',
      'vm lab',
      'vm vm1',
      'command vm1',
      'vm1/0',
    ]);
  });

  it('an acknowledged fallback goes back to its place', () => {
    const seen = stateOf([queueRecord(0), fellBackRecord(1, { acknowledged: true })]);
    expect(ids(seen, all).slice(0, 4)).toEqual(['exceptions', 'vm lab', 'lab/0', 'lab/1']);
  });

  it('a chip or a word hides what does not match, and says so when nothing does', () => {
    expect(ids(state, { ...all, chip: 'accelerated' })).toEqual(['exceptions', 'vm lab', 'lab/2']);
    expect(ids(state, { ...all, text: 'enomem' })).toEqual(['exceptions', 'lab/1']);
    expect(ids(state, { ...all, text: 'nowhere' })).toEqual(['exceptions', 'nothing']);
  });

  it('a fallback moves a row but leaves the structure as it was', () => {
    const before = stateOf([queueRecord(0), queueRecord(1)]);
    const after = stateOf([queueRecord(0), fellBackRecord(1)]);
    expect(structureOf(after, all)).toBe(structureOf(before, all));
    expect(countMoved(buildRows(before, all), buildRows(after, all))).toBe(1);
  });
});

describe('matchesText', () => {
  it('a queue name is exact, other words are found anywhere', () => {
    expect(matchesText(queueRecord(1), 'lab', 'q1')).toBe(true);
    expect(matchesText(queueRecord(11), 'lab', 'q1')).toBe(false);
    expect(matchesText(mappedRecord(3), 'web-01', 'web mapped tx')).toBe(true);
    expect(matchesText(mappedRecord(3), 'web-01', 'web rx')).toBe(false);
  });
});

describe('rowsSelector', () => {
  it('gives the same rows while states move, and others when a row belongs elsewhere', () => {
    const select = rowsSelector(all);
    const rows = select(stateOf([queueRecord(0), mappedRecord(1)]));
    expect(select(stateOf([queueRecord(0), mappedRecord(1, { generation: 5 })]))).toBe(rows);
    expect(select(stateOf([queueRecord(0), fellBackRecord(1)]))).not.toBe(rows);
  });
});
