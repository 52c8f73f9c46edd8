import { expect, it } from 'vitest';
import type { PanelState } from '../../store/state.ts';
import {
  fellBackRecord,
  mappedRecord,
  panelOf,
  queueRecord,
  sessionSnapshot,
} from '../../store/testing/records.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { standingSelector } from './standing.ts';

const stateOf = (queues: readonly QueueSnapshot[]): PanelState =>
  panelOf(sessionSnapshot('lab', { queues: [...queues] }));

it('the standing of a VM has a cell for each queue and counts those that run as asked', () => {
  const standing = standingSelector('lab')(stateOf([queueRecord(0), mappedRecord(1), fellBackRecord(2)]));
  expect(standing).toEqual({ cells: ['sw', 'acc', 'warn'], counted: 3, asDesired: 2 });
});

it('the standing of a VM is the same value while its records move and it does not', () => {
  const select = standingSelector('lab');
  const standing = select(stateOf([mappedRecord(0)]));
  expect(select(stateOf([mappedRecord(0, { generation: 9 })]))).toBe(standing);
  expect(select(stateOf([fellBackRecord(0)]))).not.toBe(standing);
});

it('a VM that is not there stands for nothing', () => {
  expect(standingSelector('vm7')(stateOf([]))).toEqual({ cells: [], counted: 0, asDesired: 0 });
});
