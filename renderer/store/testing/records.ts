/** Records of the contract with everything filled in, for tests: a software queue that runs, and its VM. */
import type { SessionRecord } from '../../../app/contract/events.ts';
import type {
  AcceleratorSnapshot,
  EngineSnapshot,
  QueueSnapshot,
  SessionSnapshot,
} from '../../../app/contract/snapshot.ts';
import { apply } from '../apply.ts';
import { emptyState, type PanelState } from '../state.ts';

/** The engine's clock at the moment of every record. */
export const MOMENT = 1_790_000_000_000;

export function queueRecord(index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot {
  return {
    index,
    role: index % 2 === 0 ? 'rx' : 'tx',
    size: 256,
    started: true,
    enabled: true,
    desired: 'software',
    desiredAccelerator: null,
    phase: 'software',
    step: null,
    evidence: 3,
    interruptEvidence: 3,
    mapsReadable: true,
    mapsReason: null,
    generation: 1,
    since: MOMENT,
    reason: null,
    acknowledged: false,
    contradiction: null,
    accelerator: null,
    group: null,
    notifyRegion: null,
    offer: null,
    mappedAt: null,
    counters: {
      kicks: 0,
      doorbells: null,
      interrupts: 0,
      calls: 0,
      engineDescriptors: 0,
      deviceDescriptors: null,
    },
    availIdx: 0,
    usedIdx: 0,
    vring: { desc: '0x7f3c40001000', avail: '0x7f3c40002000', used: '0x7f3c40002240' },
    underEarlierTable: false,
    kick: `eventfd ${110 + index * 2}`,
    call: `eventfd ${111 + index * 2}`,
    kickIdentity: `eventfd-id ${310 + index * 2}`,
    callIdentity: `eventfd-id ${311 + index * 2}`,
    blackoutNs: null,
    transitions: [],
    ...change,
  };
}

export const mappedRecord = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  queueRecord(index, {
    desired: 'accelerated',
    phase: 'mapped',
    generation: 4,
    accelerator: 'emu0',
    group: { id: 's1', holders: 4, sent: false },
    notifyRegion: { mapped: true, offset: `0x${(index * 0x1000).toString(16)}`, size: '0x1000' },
    ...change,
  });

/** Runs in software although accelerated was asked. */
export const fellBackRecord = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  queueRecord(index, {
    desired: 'accelerated',
    evidence: 1,
    reason: { code: 'accelerator-failed', message: 'DMA map: ENOMEM', at: MOMENT },
    ...change,
  });

export function sessionSnapshot(name: string, change: Partial<SessionSnapshot> = {}): SessionSnapshot {
  return {
    name,
    state: 'connected',
    socket: `/run/doorbell/${name}.sock`,
    mode: 'listen',
    dialect: 'upstream',
    simulated: false,
    peer: { pid: 4121, name: 'qemu-system-x86' },
    features: { virtio: '0x130000000', protocol: '0xc28' },
    featureNames: {
      virtio: ['RING_INDIRECT_DESC', 'RING_EVENT_IDX', 'VERSION_1'],
      protocol: ['REPLY_ACK', 'BACKEND_REQ', 'BACKEND_SEND_FD', 'HOST_NOTIFIER'],
    },
    memory: null,
    since: MOMENT,
    lastError: null,
    mac: null,
    uplink: null,
    commandLine: `qemu-system-x86_64 -chardev socket,id=c0,path=/run/doorbell/${name}.sock`,
    queues: [],
    ...change,
  };
}

export function sessionRecord(name: string, queueCount: number): SessionRecord {
  const { queues, ...record } = sessionSnapshot(name);
  return { ...record, queueCount: queues.length + queueCount };
}

export const acceleratorRecord = (
  id: string,
  change: Partial<AcceleratorSnapshot> = {},
): AcceleratorSnapshot => ({
  id,
  kind: 'emulated',
  simulated: true,
  usable: true,
  problem: null,
  group: { id: 's1', holders: [] },
  hardware: null,
  capabilities: {
    restoreIndex: 'any',
    stopPerQueue: true,
    notifyPage: 'per-queue',
    logsDirtyPages: false,
    countsDoorbells: true,
  },
  simulatedCpu: 0.97,
  ...change,
});

export const engineSnapshot = (sessions: readonly SessionSnapshot[]): EngineSnapshot => ({
  version: '0.1.0',
  pid: 4_000,
  startedAt: MOMENT,
  readOnly: false,
  sessions: [...sessions],
  accelerators: [],
  network: { sinkFrames: 0, sinkBytes: 0, answered: 0, dropped: 0 },
});

/** A panel that was told of these sessions and of nothing else. */
export const panelOf = (...sessions: readonly SessionSnapshot[]): PanelState =>
  apply(emptyState(0), {
    kind: 'state',
    at: 0,
    event: { kind: 'snapshot', seq: 0, feed: [], snapshot: engineSnapshot(sessions) },
  });
