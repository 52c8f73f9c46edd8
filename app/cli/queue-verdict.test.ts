import { describe, expect, test } from 'vitest';
import type { QueueSnapshot } from '../contract/snapshot.ts';
import { verdict } from './queue-verdict.ts';

const QUEUE: QueueSnapshot = {
  index: 1,
  role: 'tx',
  size: 256,
  started: true,
  enabled: true,
  desired: 'accelerated',
  desiredAccelerator: null,
  phase: 'mapped',
  step: null,
  evidence: 1,
  interruptEvidence: 1,
  mapsReadable: null,
  mapsReason: null,
  generation: 3,
  since: 0,
  reason: null,
  acknowledged: false,
  contradiction: null,
  accelerator: 'a',
  group: null,
  notifyRegion: null,
  offer: null,
  mappedAt: null,
  counters: {
    kicks: null,
    doorbells: null,
    interrupts: null,
    calls: null,
    engineDescriptors: null,
    deviceDescriptors: null,
  },
  availIdx: null,
  usedIdx: null,
  vring: null,
  underEarlierTable: false,
  kick: null,
  call: null,
  kickIdentity: null,
  callIdentity: null,
  blackoutNs: null,
  transitions: [],
};
const WISH = { desired: 'accelerated', on: null } as const;
const REFUSED = { code: 'page-refused', message: '', at: 5 } as const;
const is = (
  change: Partial<QueueSnapshot>,
  before: QueueSnapshot | null = null,
  wish: Parameters<typeof verdict>[2] = WISH,
) => verdict({ ...QUEUE, ...change }, before, wish);

describe('verdict', () => {
  test('mapped with evidence 1 is reached', () => expect(is({})).toBe('reached'));
  test('mapped with evidence 0 is pending', () => expect(is({ evidence: 0 })).toBe('pending'));
  test('mapped with a contradiction is pending', () =>
    expect(is({ contradiction: { code: 'kicks-after-ack', message: '', at: 0 } })).toBe('pending'));
  test('mapped by another accelerator than asked for is pending', () =>
    expect(is({}, null, { desired: 'accelerated', on: 'b' })).toBe('pending'));
  test('relay without a reason is on its way', () => expect(is({ phase: 'relay' })).toBe('pending'));
  test('relay with a reason fell back', () =>
    expect(is({ phase: 'relay', reason: REFUSED })).toBe('fell-back'));
  test('software with a reason fell back', () =>
    expect(is({ phase: 'software', reason: REFUSED })).toBe('fell-back'));
  test('a reason from before the wish says nothing about it', () =>
    expect(is({ phase: 'relay', reason: REFUSED }, { ...QUEUE, reason: REFUSED })).toBe('pending'));
  test('the same reason at a later time does', () =>
    expect(is({ phase: 'relay', reason: { ...REFUSED, at: 6 } }, { ...QUEUE, reason: REFUSED })).toBe(
      'fell-back',
    ));
  test('a ring that is down is pending, whatever ended it', () =>
    expect(is({ phase: 'down', reason: { ...REFUSED, code: 'generation-ended' } })).toBe('pending'));
  test('a record from before the wish arrived is pending', () =>
    expect(is({ desired: 'software', phase: 'software' })).toBe('pending'));
  test('software that is wanted is reached in software', () =>
    expect(is({ desired: 'software', phase: 'software' }, null, { desired: 'software', on: null })).toBe(
      'reached',
    ));
  test('software that is wanted is pending in quarantine', () =>
    expect(is({ desired: 'software', phase: 'quarantine' }, null, { desired: 'software', on: null })).toBe(
      'pending',
    ));
});
