/**
 * Pictures of an engine for the panel's tests: every record is built from the contract's own types, so a
 * changed contract breaks this file before it breaks a screen. Values are invented, states are not.
 */
import {
  acceleratorRecord,
  queueRecord as record,
  sessionSnapshot,
} from '../../../renderer/store/testing/records.ts';
import type { EngineSnapshot, QueueSnapshot, SessionSnapshot } from '../../../app/contract/snapshot.ts';

/** A moment that all records of a picture share, so that they agree with each other. */
export const START = Date.now();

/** A software queue that has been running for a while. */
export const queueRecord = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  record(index, {
    since: START - 90_000,
    transitions: [{ at: START - 90_000, from: 'down', to: 'software', cause: 'SET_VRING_ENABLE 1' }],
    ...change,
  });

const offsetOf = (index: number): string => `0x${(index * 0x1000).toString(16)}`;

export const mapped = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  queueRecord(index, {
    desired: 'accelerated',
    phase: 'mapped',
    generation: 4,
    accelerator: 'emu0',
    group: { id: 's1', holders: 4, sent: false },
    notifyRegion: { mapped: true, offset: offsetOf(index), size: '0x1000' },
    offer: {
      generation: 4,
      offset: offsetOf(index),
      size: '0x1000',
      hostPageSize: '0x1000',
      file: { kind: 'memfd', key: `0:1:${4_100 + index}` },
      sentAt: START - 11_997,
      answer: { code: '0x0', latencyMs: 3.1 },
      timedOut: false,
      ended: null,
    },
    mappedAt: `0x7f3c5000${index.toString(16).padStart(1, '0')}000`,
    counters: { kicks: 0, doorbells: 0, interrupts: 0, calls: 0, engineDescriptors: 0, deviceDescriptors: 0 },
    blackoutNs: 38_200,
    transitions: [
      { at: START - 20_000, from: 'down', to: 'software', cause: 'SET_VRING_ENABLE 1' },
      { at: START - 12_000, from: 'software', to: 'arming', cause: 'queue.set accelerated, request 77' },
      { at: START - 11_997, from: 'arming', to: 'mapped', cause: 'front-end answered 0' },
    ],
    since: START - 11_997,
    ...change,
  });

export const relay = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mapped(index, {
    phase: 'relay',
    evidence: 1,
    notifyRegion: null,
    mappedAt: null,
    offer: {
      generation: 4,
      offset: offsetOf(index),
      size: '0x1000',
      hostPageSize: '0x1000',
      file: { kind: 'memfd', key: `0:1:${4_100 + index}` },
      sentAt: START - 8_001,
      answer: { code: '0x1', latencyMs: 1 },
      timedOut: false,
      ended: null,
    },
    reason: {
      code: 'page-refused',
      message: 'The front-end refused to map the notify page: reply 1 after 1.0 ms.',
      at: START - 8_000,
    },
    ...change,
  });

export const fellBack = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  queueRecord(index, {
    desired: 'accelerated',
    evidence: 1,
    reason: { code: 'accelerator-failed', message: 'DMA map: ENOMEM', at: START - 30_000 },
    ...change,
  });

export const suspect = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mapped(index, {
    evidence: 2,
    contradiction: {
      code: 'page-rung-by-other',
      message: 'rings the page of q2',
      at: START - 4_000,
    },
    ...change,
  });

export const quarantine = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mapped(index, {
    phase: 'quarantine',
    evidence: 0,
    notifyRegion: { mapped: null, offset: offsetOf(index), size: '0x1000' },
    reason: {
      code: 'removal-unanswered',
      message: 'The removal of the notify page was not answered within 2 s.',
      at: START - 2_000,
    },
    ...change,
  });

export const arming = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mapped(index, {
    phase: 'arming',
    evidence: 0,
    step: { name: 'offer', number: 2, of: 2, since: START, remaining: null, perSecond: null },
    notifyRegion: { mapped: false, offset: offsetOf(index), size: '0x1000' },
    ...change,
  });

export const stale = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  queueRecord(index, {
    phase: 'down',
    evidence: 0,
    desired: 'accelerated',
    started: false,
    reason: { code: 'generation-ended', message: 'GET_VRING_BASE ended generation 6.', at: START - 32_000 },
    ...change,
  });

export function sessionRecord(name: string, change: Partial<SessionSnapshot> = {}): SessionSnapshot {
  const socket = `/run/doorbell/${name}.sock`;
  return sessionSnapshot(name, {
    since: START - 11_520_000,
    commandLine: `qemu-system-x86_64 -m 1G -object memory-backend-memfd,id=m,size=1G,share=on -numa node,memdev=m -chardev socket,id=c0,path=${socket} -netdev vhost-user,id=n0,chardev=c0 -device virtio-net-pci,netdev=n0,page-per-vq=on`,
    ...change,
  });
}

export const waiting = (name: string, queues = 2): SessionSnapshot =>
  sessionRecord(name, {
    state: 'waiting',
    peer: null,
    features: null,
    queues: Array.from({ length: queues }, (_, index) =>
      queueRecord(index, {
        phase: 'down',
        started: false,
        enabled: false,
        evidence: 0,
        transitions: [],
        vring: null,
        kick: null,
        call: null,
        size: null,
        availIdx: null,
        usedIdx: null,
      }),
    ),
  });

const many = (count: number, make: (index: number) => QueueSnapshot): QueueSnapshot[] =>
  Array.from({ length: count }, (_, index) => make(index));

export function engine(sessions: readonly SessionSnapshot[]): EngineSnapshot {
  const holders = sessions.flatMap((session) =>
    session.queues
      .filter((queue) => queue.accelerator === 'emu0')
      .map((queue) => `${session.name}/${queue.index}`),
  );
  return {
    version: '0.1.0',
    pid: 4_000,
    startedAt: START - 12_000_000,
    readOnly: false,
    sessions: [...sessions],
    accelerators: [acceleratorRecord('emu0', { group: { id: 's1', holders } })],
    network: { sinkFrames: 0, sinkBytes: 0, answered: 0, dropped: 0 },
  };
}

/** All that a queue can be, on one screen. */
export const everyState = (): EngineSnapshot =>
  engine([
    sessionRecord('web-01', {
      queues: [
        mapped(0),
        suspect(1),
        mapped(2, { mapsReadable: false, mapsReason: 'not permitted to read /proc/4121/maps' }),
        queueRecord(3),
        arming(4),
        relay(5),
        mapped(6, { evidence: 1 }),
        queueRecord(7),
        stale(8),
        quarantine(9),
        queueRecord(10),
        mapped(11, { evidence: 2 }),
      ],
    }),
    sessionRecord('db-02', {
      peer: { pid: 4377, name: null },
      queues: [mapped(0), fellBack(1), queueRecord(2), queueRecord(3)],
    }),
    waiting('uml-test'),
    sessionRecord('lab', {
      simulated: true,
      peer: { pid: 4000, name: 'doorbell' },
      queues: [mapped(0), mapped(1), queueRecord(2), queueRecord(3)],
    }),
  ]);

/** What `npm run demo` looks like at first: everything simulated, everything in software. */
export const demo = (): EngineSnapshot =>
  engine([
    sessionRecord('lab', {
      simulated: true,
      peer: { pid: 4000, name: 'doorbell' },
      since: START - 36_000,
      queues: many(4, (index) => queueRecord(index)),
    }),
    waiting('vm1'),
  ]);

/** 512 queues on four VMs, three of them exceptions. */
export const fleet = (): EngineSnapshot =>
  engine([
    sessionRecord('web-01', {
      queues: many(128, (index) =>
        index === 5
          ? relay(index)
          : index === 1
            ? suspect(index)
            : index % 5 === 3
              ? queueRecord(index)
              : mapped(index),
      ),
    }),
    sessionRecord('db-02', {
      queues: many(256, (index) => (index === 17 ? fellBack(index) : mapped(index))),
    }),
    sessionRecord('mail-03', { queues: many(64, (index) => queueRecord(index)) }),
    sessionRecord('lab', { simulated: true, queues: many(64, (index) => mapped(index)) }),
  ]);

export const empty = (): EngineSnapshot => engine([]);
