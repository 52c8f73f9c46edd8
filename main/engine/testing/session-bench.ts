/** One session on a bench: a real runner over fakes, and a front-end's hand to drive it. */
import { ok } from '../../base/result.ts';
import { FieldReader } from '../../wire/bytes.ts';
import { encodeFrontend } from '../../wire/encode.ts';
import { decodeHeader, HEADER_BYTES } from '../../wire/header.ts';
import { frontendAddr, guestAddr } from '../../wire/address.ts';
import { iotlb, type Iotlb } from '../../wire/payload/iotlb.ts';
import { vringArea } from '../../wire/payload/vring-area.ts';
import { vringFd } from '../../wire/payload/vring-fd.ts';
import { vringState } from '../../wire/payload/vring-state.ts';
import { protocolMask } from '../../wire/protocol-features.ts';
import { BACKEND } from '../../wire/table/backend.ts';
import type { FrontendName, FrontendPayloads } from '../../wire/table/frontend.ts';
import { virtioMask } from '../../wire/virtio-features.ts';
import type { Desired, Dialect } from '../../../app/contract/words.ts';
import type { AcceleratorCapabilities } from '../ports.ts';
import { SessionRunner } from '../runner.ts';
import type { NetConfigOffer, QueueState } from '../state.ts';
import { FakeAccelerator } from './fake-accelerator.ts';
import { FakeClock } from './fake-clock.ts';
import { FakeDataPath, type FakeQueue } from './fake-data-path.ts';
import { DraftFrontEnd } from './draft-front-end.ts';
import { FdLedger, type FakeFd } from './fake-fd.ts';
import { FakeFrontEnd } from './fake-front-end.ts';

export const RING_FEATURES = virtioMask('F_VERSION_1', 'F_EVENT_IDX', 'F_INDIRECT_DESC');
export const FEATURES = RING_FEATURES | virtioMask('VHOST_USER_F_PROTOCOL_FEATURES');
/** Offered beside them, and acknowledged only while dirty pages are logged. */
export const LOG_ALL = virtioMask('VHOST_F_LOG_ALL');
export const ACCESS_PLATFORM = virtioMask('F_ACCESS_PLATFORM');
export const PROTOCOL = protocolMask(
  'LOG_SHMFD',
  'REPLY_ACK',
  'BACKEND_REQ',
  'BACKEND_SEND_FD',
  'HOST_NOTIFIER',
  'CONFIGURE_MEM_SLOTS',
  'STATUS',
  'RARP',
);

export const DRAFT_PROTOCOL = protocolMask('LOG_SHMFD', 'REPLY_ACK', 'BACKEND_REQ', 'F_VFIO');
const OFFERED: Readonly<Record<Dialect, bigint>> = { upstream: PROTOCOL, rfc2018: DRAFT_PROTOCOL };
const GROUP = BACKEND.VRING_VFIO_GROUP_MSG.id;

export interface BenchOptions {
  readonly dialect?: Dialect;
  readonly queuePairs?: number;
  readonly desired?: Desired;
  readonly unmapsAtOnce?: boolean;
  readonly accelerators?: readonly string[];
  readonly capabilities?: Partial<AcceleratorCapabilities>;
  /** Of the endpoint; MTU is offered where it is given. */
  readonly mtu?: number;
  /** The endpoint offers ACCESS_PLATFORM. */
  readonly iommu?: boolean;
  /** The endpoint offers the configuration of its device. */
  readonly netConfig?: NetConfigOffer;
}

export class SessionBench {
  readonly clock = new FakeClock();
  readonly ledger = new FdLedger();
  readonly dataPath = new FakeDataPath();
  readonly frontEnd: FakeFrontEnd;
  readonly accelerators: readonly FakeAccelerator[];
  readonly runner: SessionRunner;
  readonly replies: { readonly request: number; readonly body: Uint8Array }[] = [];
  readonly logs: string[] = [];
  readonly badMessages: string[] = [];
  /** Replies and requests in the order in which they were sent. */
  readonly said: string[] = [];
  /** IOTLB messages of the engine. */
  readonly misses: Iotlb[] = [];
  /** How often the front-end's maps were read. */
  looks = 0;
  paused = false;
  /** Why the engine closed the connection. */
  closedBecause: string | null = null;
  #answers: ((value: bigint) => void) | null = null;
  #lost: ((message: string) => void) | null = null;
  #request = 0;

  constructor(options: BenchOptions = {}) {
    const {
      queuePairs = 1,
      desired = 'software',
      unmapsAtOnce = false,
      accelerators = ['emu0'],
      capabilities,
      mtu = null,
      dialect = 'upstream',
      iommu = false,
      netConfig = null,
    } = options;
    const now = () => this.clock.now();
    this.frontEnd = dialect === 'upstream' ? new FakeFrontEnd(now) : new DraftFrontEnd(now);
    this.accelerators = accelerators.map(
      (id) => new FakeAccelerator(id, FEATURES, this.ledger, capabilities),
    );
    this.runner = new SessionRunner(
      {
        name: 'bench',
        dialect,
        queuePairs,
        offeredFeatures:
          FEATURES |
          LOG_ALL |
          (mtu === null ? 0n : virtioMask('NET_F_MTU')) |
          (netConfig === null ? 0n : virtioMask('NET_F_MAC', 'NET_F_STATUS')) |
          (iommu ? ACCESS_PLATFORM : 0n),
        offeredProtocol:
          OFFERED[dialect] |
          (mtu === null ? 0n : protocolMask('MTU')) |
          (netConfig === null ? 0n : protocolMask('CONFIG')),
        unmapsAtOnce,
        maxMemorySlots: 8,
        maxMtu: mtu,
        netConfig,
      },
      Array.from({ length: queuePairs * 2 }, () => ({ desired, accelerator: null })),
      {
        clock: this.clock,
        dataPath: this.dataPath,
        accelerators: new Map(this.accelerators.map((one) => [one.id, one])),
        station: { mac: null, learned: () => [] },
        pageSize: 4096n,
        sendReply: (frame, name) => {
          this.said.push(name);
          this.replies.push(parseReply(frame));
        },
        pauseReading: () => {
          this.paused = true;
        },
        resumeReading: () => {
          this.paused = false;
        },
        closeConnection: (message) => {
          this.closedBecause = message;
          this.runner.post({ kind: 'disconnected', message });
        },
        openBackEnd: (fd, listener) => {
          this.#answers = (value) => listener.onAnswer(value);
          this.#lost = (message) => listener.onLost(message);
          return ok({
            send: (frame, fds) => {
              const { request, body, needReply } = parseRequest(frame);
              if (request === BACKEND.BACKEND_CONFIG_CHANGE_MSG.id) {
                this.said.push('config change');
                if (needReply) this.frontEnd.receiveChange();
                return;
              }
              if (!needReply) throw new Error('the engine waits for no answer');
              if (request === BACKEND.BACKEND_IOTLB_MSG.id) {
                const asked = iotlb.decode(body);
                if (!asked.ok) throw new Error('the engine sent nonsense');
                this.said.push(asked.value.type);
                this.misses.push(asked.value);
                return;
              }
              const about = dialect === 'rfc2018' && request === GROUP ? 'group' : 'page';
              const word = (about === 'group' ? vringFd : vringArea).decode(body);
              if (!word.ok || word.value.noFd !== (fds.length === 0))
                throw new Error('the engine sent nonsense');
              this.said.push(`${about} ${fds.length === 0 ? 'off' : 'on'}`);
              this.frontEnd.receive(word.value.index, fds[0]?.identity().key ?? null, about);
            },
            close: () => fd.close(),
          });
        },
        queryMaps: (fd) => {
          this.looks++;
          return Promise.resolve(this.frontEnd.look(fd));
        },
        log: (severity, queue, code) => this.logs.push(`${severity} ${queue ?? '-'} ${code}`),
        badMessage: (_code, message) => this.badMessages.push(message),
        changed: () => undefined,
      },
    );
  }

  queue(index: number): QueueState {
    const queue = this.runner.state.queues[index];
    if (queue === undefined) throw new Error(`no queue ${index}`);
    return queue;
  }

  ring(index: number): FakeQueue {
    const ring = this.dataPath.queues.get(index);
    if (ring === undefined) throw new Error(`queue ${index} has no ring`);
    return ring;
  }

  /** Sends one request; the answer is its body, or null where none came yet. */
  send<Name extends FrontendName>(
    name: Name,
    payload: FrontendPayloads[Name],
    options: { readonly needReply?: boolean; readonly fds?: readonly FakeFd[] } = {},
  ): Uint8Array | null {
    const { needReply = false, fds = [] } = options;
    const frame = encodeFrontend(name, payload, needReply);
    const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
    if (!header.ok) throw new Error('the bench sent nonsense');
    const before = this.replies.length;
    this.runner.receive({
      header: header.value,
      body: frame.subarray(HEADER_BYTES),
      fdCount: fds.length,
      fds,
    });
    return this.replies[before]?.body ?? null;
  }

  /** The u64 that a request was answered with, or null where no answer came. */
  ask<Name extends FrontendName>(
    name: Name,
    payload: FrontendPayloads[Name],
    fds: readonly FakeFd[] = [],
  ): bigint | null {
    const body = this.send(name, payload, { needReply: true, fds });
    return body === null ? null : new FieldReader(body).u64();
  }

  eventfd(): FakeFd {
    return this.ledger.make('eventfd');
  }

  /** Features, back-end channel, owner and memory, in QEMU's order. */
  negotiate(protocol: bigint = this.runner.state.config.offeredProtocol, features: bigint = FEATURES): void {
    this.send('GET_FEATURES', null);
    this.send('GET_PROTOCOL_FEATURES', null);
    this.send('SET_PROTOCOL_FEATURES', protocol);
    if ((protocol & protocolMask('BACKEND_REQ')) !== 0n)
      this.send('SET_BACKEND_REQ_FD', null, { needReply: true, fds: [this.ledger.make('socket')] });
    this.send('SET_OWNER', null);
    for (const { index } of this.runner.state.queues) this.send('SET_VRING_ENABLE', { index, num: 1 });
    this.send('SET_FEATURES', features);
    this.setMemory();
  }

  setMemory(size = 0x10000n): void {
    this.send(
      'SET_MEM_TABLE',
      { regions: [region(0n, size)] },
      { needReply: true, fds: [this.ledger.make('memfd')] },
    );
  }

  /** What a front-end sends when a migration begins or ends: the bitmap, the feature, each ring's address. */
  setLogging(on: boolean): void {
    if (on)
      this.send(
        'SET_LOG_BASE',
        { kind: 'shared', size: 4096n, offset: 0n },
        { fds: [this.ledger.make('memfd')] },
      );
    this.ask('SET_FEATURES', on ? FEATURES | LOG_ALL : FEATURES);
    for (const { index, addresses } of this.runner.state.queues)
      if (addresses !== null)
        this.ask('SET_VRING_ADDR', {
          ...ringAddress(index),
          logsUsedRing: on,
          log: on ? 0x2000n + BigInt(index) * 0x4000n : 0n,
        });
  }

  /** The five messages that start a ring. */
  startRing(index: number, base = 0): void {
    this.send('SET_VRING_NUM', { index, num: 256 });
    if (this.frontEnd instanceof DraftFrontEnd) this.frontEnd.setBase(index);
    this.send('SET_VRING_BASE', { index, num: base });
    this.send('SET_VRING_ADDR', ringAddress(index));
    this.send('SET_VRING_KICK', { index, noFd: false }, { fds: [this.eventfd()] });
    this.send('SET_VRING_CALL', { index, noFd: false }, { fds: [this.eventfd()] });
  }

  /** GET_VRING_BASE as a front-end sends it; the base that it is told. */
  stopRing(index: number): number {
    this.frontEnd.stopRing(index);
    const body = this.send('GET_VRING_BASE', { index, num: 0 });
    const state = body === null ? null : vringState.decode(body);
    if (state?.ok !== true) throw new Error('GET_VRING_BASE was not answered');
    return state.value.num;
  }

  setDesired(index: number, desired: Desired, accelerator: string | null = null): void {
    this.#request++;
    this.runner.post({ kind: 'set-desired', queue: index, desired, accelerator, request: this.#request });
  }

  /** The front-end answers everything that it can; looks into its maps come back. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) {
      while (this.frontEnd.canAnswer) this.answerOne();
      await Promise.resolve();
    }
  }

  /** The front-end answers its oldest request, if it can. */
  answerOne(): void {
    const value = this.frontEnd.answer();
    if (value !== null) this.#answers?.(value);
  }

  /** Answers the oldest request with this, whatever the front-end would say. */
  answerWith(value: bigint): void {
    this.#answers?.(value);
  }

  loseBackEnd(): void {
    this.#lost?.('the bench closed it');
  }

  /** Time passes in small steps, so that what happens meanwhile is answered. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 5) {
      this.clock.advance(Math.min(5, milliseconds - passed));
      await this.settle();
    }
  }

  disconnect(): void {
    this.runner.post({ kind: 'disconnected', message: 'the bench hung up' });
  }
}

function parseRequest(frame: Uint8Array) {
  const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
  if (!header.ok || header.value.isReply) throw new Error('the engine sent nonsense');
  const { request, needReply } = header.value;
  return { request, needReply, body: frame.subarray(HEADER_BYTES) };
}

function parseReply(frame: Uint8Array) {
  const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
  if (!header.ok || !header.value.isReply) throw new Error('the engine sent nonsense');
  return { request: header.value.request, body: frame.subarray(HEADER_BYTES) };
}

export const region = (at: bigint, size: bigint) => ({
  guestAddress: guestAddr(at),
  size,
  frontendAddress: frontendAddr(0x7f0000000000n + at),
  mmapOffset: 0n,
});

export const ringAddress = (index: number) => {
  const base = 0x7f0000000000n + BigInt(index) * 0x4000n;
  return {
    index,
    logsUsedRing: false,
    desc: frontendAddr(base),
    avail: frontendAddr(base + 0x1000n),
    used: frontendAddr(base + 0x2000n),
    log: 0n,
  };
};
