/**
 * Every message in every state, one row each. What a message does is told by what the front-end sees: an
 * explicit answer, an acknowledgement, a refusal, the end of the connection, or nothing.
 */
import { describe, expect, it } from 'vitest';
import { frontendAddr } from '../wire/address.ts';
import { FieldReader } from '../wire/bytes.ts';
import { FRONTEND, type FrontendName, type FrontendPayloads } from '../wire/table/frontend.ts';
import {
  DRAFT_PROTOCOL,
  FEATURES,
  PROTOCOL,
  region,
  ringAddress,
  SessionBench,
} from './testing/session-bench.ts';
import type { FakeFd } from './testing/fake-fd.ts';

type Seen = 'answer' | 'ack' | 'nack' | 'closed' | 'silence';
type Cell = Seen | Partial<Record<StateName | 'else', Seen>>;

const QUEUE = 1;

type StateName =
  | 'connected'
  | 'negotiated'
  | 'set up, no kick'
  | 'in software'
  | 'disabled'
  | 'page offered'
  | 'mapped'
  | 'page being removed'
  | 'relay'
  | 'quarantine'
  | 'broken'
  | 'stopped'
  | 'configuration told'
  | DraftState;
/** What only the rfc2018 dialect knows. */
type DraftState =
  | 'rfc2018: in software'
  | 'rfc2018: group sent'
  | 'rfc2018: group refused'
  | 'rfc2018: area sent'
  | 'rfc2018: mapped'
  | 'rfc2018: group being deleted'
  | 'rfc2018: area kept over a stop'
  | 'rfc2018: area mapped again';

/** Each state, as a front-end brings a session there. The messages are about queue 1. */
const STATES: Readonly<Record<StateName, () => SessionBench>> = {
  connected: () => new SessionBench(),
  negotiated: () => {
    const bench = new SessionBench();
    bench.negotiate();
    return bench;
  },
  'set up, no kick': () => {
    const bench = STATES.negotiated();
    bench.send('SET_VRING_NUM', { index: QUEUE, num: 256 });
    bench.send('SET_VRING_ADDR', ringAddress(QUEUE));
    return bench;
  },
  'in software': () => {
    const bench = STATES.negotiated();
    bench.startRing(QUEUE);
    return bench;
  },
  disabled: () => {
    const bench = STATES['in software']();
    bench.send('SET_VRING_ENABLE', { index: QUEUE, num: 0 });
    return bench;
  },
  'page offered': () => {
    const bench = STATES['in software']();
    bench.setDesired(QUEUE, 'accelerated');
    return bench;
  },
  mapped: () => {
    const bench = STATES['page offered']();
    bench.answerOne();
    return bench;
  },
  'page being removed': () => {
    const bench = STATES.mapped();
    bench.setDesired(QUEUE, 'software');
    return bench;
  },
  relay: () => {
    const bench = STATES['in software']();
    bench.frontEnd.pagePerVq = false;
    bench.setDesired(QUEUE, 'accelerated');
    bench.answerOne();
    return bench;
  },
  quarantine: () => {
    const bench = STATES.mapped();
    bench.loseBackEnd();
    bench.setDesired(QUEUE, 'software');
    return bench;
  },
  broken: () => {
    const bench = STATES['in software']();
    bench.ring(QUEUE).counters.broken = 'ring-chain-too-long';
    bench.runner.sample();
    return bench;
  },
  stopped: () => {
    const bench = STATES.mapped();
    bench.stopRing(QUEUE);
    return bench;
  },
  'configuration told': () => {
    const bench = new SessionBench({ netConfig: { mac: null, linkOf: null } });
    bench.negotiate();
    bench.startRing(QUEUE);
    return bench;
  },
  'rfc2018: in software': () => {
    const bench = new SessionBench({ dialect: 'rfc2018', unmapsAtOnce: true });
    bench.negotiate();
    bench.startRing(QUEUE);
    return bench;
  },
  'rfc2018: group sent': () => {
    const bench = STATES['rfc2018: in software']();
    bench.setDesired(QUEUE, 'accelerated');
    return bench;
  },
  'rfc2018: group refused': () => {
    const bench = STATES['rfc2018: group sent']();
    bench.answerWith(1n);
    return bench;
  },
  'rfc2018: area sent': () => {
    const bench = STATES['rfc2018: group sent']();
    bench.answerOne();
    return bench;
  },
  'rfc2018: mapped': () => {
    const bench = STATES['rfc2018: area sent']();
    bench.answerOne();
    return bench;
  },
  'rfc2018: group being deleted': () => {
    const bench = STATES['rfc2018: mapped']();
    bench.setDesired(QUEUE, 'software');
    bench.answerOne();
    return bench;
  },
  'rfc2018: area kept over a stop': () => {
    const bench = STATES['rfc2018: mapped']();
    bench.stopRing(QUEUE);
    return bench;
  },
  'rfc2018: area mapped again': () => {
    const bench = STATES['rfc2018: area kept over a stop']();
    bench.send('SET_VRING_BASE', { index: QUEUE, num: 5 });
    return bench;
  },
};
const isDraft = (state: StateName): boolean => state.startsWith('rfc2018');

/** Where protocol features were not negotiated nothing is acknowledged, and what needs one is refused silently. */
const acked: Cell = { connected: 'silence', else: 'ack' };
/** A ring that runs and is enabled cannot be set up. */
const setUp: Cell = {
  connected: 'silence',
  negotiated: 'ack',
  'set up, no kick': 'ack',
  disabled: 'ack',
  broken: 'ack',
  stopped: 'ack',
  'rfc2018: area kept over a stop': 'ack',
  'rfc2018: area mapped again': 'ack',
  else: 'nack',
};
const gated: Cell = { connected: 'silence', else: 'nack' };
const cannotSayNo: Cell = 'closed';

type Sent = {
  readonly [Name in FrontendName]: {
    readonly payload: FrontendPayloads[Name];
    readonly fds?: readonly ('eventfd' | 'memfd' | 'socket')[];
  };
};

const vring = { index: QUEUE, num: 0 };
const SENT: Sent = {
  GET_FEATURES: { payload: null },
  SET_FEATURES: { payload: FEATURES },
  SET_OWNER: { payload: null },
  RESET_OWNER: { payload: null },
  SET_MEM_TABLE: { payload: { regions: [region(0n, 0x10000n)] }, fds: ['memfd'] },
  SET_LOG_BASE: { payload: { kind: 'shared', size: 4096n, offset: 0n }, fds: ['memfd'] },
  SET_LOG_FD: { payload: null, fds: ['eventfd'] },
  SET_VRING_NUM: { payload: { index: QUEUE, num: 128 } },
  SET_VRING_ADDR: { payload: { ...ringAddress(QUEUE), desc: frontendAddr(0x7f0000008000n) } },
  SET_VRING_BASE: { payload: { index: QUEUE, num: 5 } },
  GET_VRING_BASE: { payload: vring },
  SET_VRING_KICK: { payload: { index: QUEUE, noFd: false }, fds: ['eventfd'] },
  SET_VRING_CALL: { payload: { index: QUEUE, noFd: false }, fds: ['eventfd'] },
  SET_VRING_ERR: { payload: { index: QUEUE, noFd: false }, fds: ['eventfd'] },
  GET_PROTOCOL_FEATURES: { payload: null },
  SET_PROTOCOL_FEATURES: { payload: PROTOCOL },
  GET_QUEUE_NUM: { payload: null },
  SET_VRING_ENABLE: { payload: { index: QUEUE, num: 1 } },
  SEND_RARP: { payload: 0n },
  NET_SET_MTU: { payload: 1500n },
  SET_BACKEND_REQ_FD: { payload: null, fds: ['socket'] },
  IOTLB_MSG: {
    payload: { iova: 0n, size: 4096n, userAddress: 0n, readable: true, writable: true, type: 'update' },
  },
  SET_VRING_ENDIAN: { payload: vring },
  GET_CONFIG: { payload: { offset: 0, flags: 0, data: new Uint8Array(4) } },
  SET_CONFIG: { payload: { offset: 0, flags: 0, data: new Uint8Array(4) } },
  CREATE_CRYPTO_SESSION: { payload: new Uint8Array(64) },
  CLOSE_CRYPTO_SESSION: { payload: 0n },
  POSTCOPY_ADVISE: { payload: null },
  POSTCOPY_LISTEN: { payload: null },
  POSTCOPY_END: { payload: null },
  GET_INFLIGHT_FD: { payload: { mmapSize: 0n, mmapOffset: 0n, queues: 2, queueSize: 256 } },
  SET_INFLIGHT_FD: { payload: { mmapSize: 0n, mmapOffset: 0n, queues: 2, queueSize: 256 }, fds: ['memfd'] },
  GPU_SET_SOCKET: { payload: null, fds: ['socket'] },
  RESET_DEVICE: { payload: null },
  VRING_KICK: { payload: vring },
  GET_MAX_MEM_SLOTS: { payload: null },
  ADD_MEM_REG: { payload: region(0x100000n, 0x10000n), fds: ['memfd'] },
  REM_MEM_REG: { payload: region(0x100000n, 0x10000n) },
  SET_STATUS: { payload: 15n },
  GET_STATUS: { payload: null },
  GET_SHARED_OBJECT: { payload: { uuid: new Uint8Array(16) } },
  SET_DEVICE_STATE_FD: { payload: { direction: 'save', phase: 0 }, fds: ['socket'] },
  CHECK_DEVICE_STATE: { payload: null },
  GET_SHMEM_CONFIG: { payload: null },
};

/** `GET_VRING_BASE` and the like are answered whatever the state: the front-end waits for them. */
const SEEN: Readonly<Record<FrontendName, Cell>> = {
  GET_FEATURES: 'answer',
  SET_FEATURES: acked,
  SET_OWNER: acked,
  RESET_OWNER: acked,
  SET_MEM_TABLE: acked,
  SET_LOG_BASE: { connected: 'silence', else: 'answer' },
  SET_LOG_FD: acked,
  SET_VRING_NUM: setUp,
  SET_VRING_ADDR: setUp,
  SET_VRING_BASE: setUp,
  GET_VRING_BASE: 'answer',
  SET_VRING_KICK: acked,
  SET_VRING_CALL: acked,
  SET_VRING_ERR: acked,
  GET_PROTOCOL_FEATURES: 'answer',
  // It negotiates REPLY_ACK itself, so it is acknowledged already.
  SET_PROTOCOL_FEATURES: 'ack',
  GET_QUEUE_NUM: 'answer',
  SET_VRING_ENABLE: acked,
  SEND_RARP: acked,
  NET_SET_MTU: gated,
  SET_BACKEND_REQ_FD: acked,
  IOTLB_MSG: 'nack',
  SET_VRING_ENDIAN: gated,
  GET_CONFIG: { 'configuration told': 'answer', else: 'nack' },
  SET_CONFIG: gated,
  CREATE_CRYPTO_SESSION: cannotSayNo,
  CLOSE_CRYPTO_SESSION: gated,
  POSTCOPY_ADVISE: cannotSayNo,
  POSTCOPY_LISTEN: gated,
  POSTCOPY_END: 'nack',
  GET_INFLIGHT_FD: cannotSayNo,
  SET_INFLIGHT_FD: gated,
  GPU_SET_SOCKET: gated,
  RESET_DEVICE: gated,
  VRING_KICK: gated,
  GET_MAX_MEM_SLOTS: { connected: 'closed', else: 'answer' },
  ADD_MEM_REG: acked,
  REM_MEM_REG: gated,
  SET_STATUS: acked,
  GET_STATUS: 'answer',
  GET_SHARED_OBJECT: 'nack',
  SET_DEVICE_STATE_FD: 'nack',
  CHECK_DEVICE_STATE: 'nack',
  GET_SHMEM_CONFIG: cannotSayNo,
};

/** What differs in the draft: messages that came after it are of another dialect. */
const SEEN_IN_DRAFT: Readonly<Record<FrontendName, Cell>> = {
  ...SEEN,
  GET_MAX_MEM_SLOTS: cannotSayNo,
  SEND_RARP: 'nack',
  ADD_MEM_REG: 'nack',
  SET_STATUS: 'nack',
  GET_STATUS: cannotSayNo,
};

function send<Name extends FrontendName>(bench: SessionBench, name: Name, sent: Sent[Name]): Seen {
  const { payload, fds = [] } = sent;
  const handed: readonly FakeFd[] = fds.map((kind) => bench.ledger.make(kind));
  const body = bench.send(name, payload, { needReply: true, fds: handed });
  if (bench.closedBecause !== null) return 'closed';
  if (body === null) return 'silence';
  const { reply } = FRONTEND[name];
  if (body.byteLength === 0)
    return reply.kind === 'explicit' && reply.refusal === 'empty' ? 'nack' : 'answer';
  const value = body.byteLength === 8 ? new FieldReader(body).u64() : 0n;
  if (reply.kind === 'explicit') return reply.refusal === 'value' && value !== 0n ? 'nack' : 'answer';
  return value === 0n ? 'ack' : 'nack';
}

const namesOf = <Key extends string>(record: Readonly<Record<Key, unknown>>): readonly Key[] =>
  Object.keys(record).filter((key): key is Key => key in record);

const ROWS = namesOf(STATES).flatMap((state) =>
  namesOf(SEEN).map((name) => {
    const cell = (isDraft(state) ? SEEN_IN_DRAFT : SEEN)[name];
    const seen = typeof cell === 'string' ? cell : (cell[state] ?? cell.else ?? 'silence');
    return { title: `${name} when ${state}: ${seen}`, state, name, seen };
  }),
);

describe('A message in a state', () => {
  it.each(ROWS)('$title', ({ state, name, seen }) => {
    const bench = STATES[state]();
    const protocol = { ...SENT.SET_PROTOCOL_FEATURES, payload: DRAFT_PROTOCOL };
    const sent = isDraft(state) ? { ...SENT, SET_PROTOCOL_FEATURES: protocol } : SENT;
    expect(send(bench, name, sent[name])).toBe(seen);
    expect(bench.paused).toBe(false);
    bench.disconnect();
    expect(bench.ledger.open).toBe(0);
    expect(bench.runner.held()).toEqual([]);
    expect(bench.logs).not.toContain('error - internal');
  });
});
