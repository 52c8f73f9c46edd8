/**
 * What `doorbell status --json` prints and `doorbell serve --json` repeats: the part of the snapshot that
 * other programs may rely on, with what follows from it spelled out. Fields are only ever added. Pure.
 */
import { describe, type Interrupt, type Notify } from './describe.ts';
import type {
  AcceleratorSnapshot,
  EngineSnapshot,
  NetworkSnapshot,
  QueueSnapshot,
  SessionSnapshot,
} from './snapshot.ts';

export interface StatusQueue extends Pick<
  QueueSnapshot,
  | 'index'
  | 'role'
  | 'size'
  | 'started'
  | 'desired'
  | 'phase'
  | 'step'
  | 'evidence'
  | 'interruptEvidence'
  | 'generation'
  | 'accelerator'
  | 'group'
  | 'notifyRegion'
  | 'counters'
> {
  readonly notify: Notify;
  readonly interrupt: Interrupt;
  readonly reason: { readonly code: string; readonly message: string } | null;
}

export interface StatusLink extends Pick<
  SessionSnapshot,
  'name' | 'state' | 'dialect' | 'features' | 'mac' | 'uplink'
> {
  readonly peer: { readonly pid: number } | null;
}

export interface StatusSession extends StatusLink {
  readonly queues: readonly StatusQueue[];
}

export interface Status {
  readonly sessions: readonly StatusSession[];
  readonly accelerators: readonly AcceleratorSnapshot[];
  readonly network: NetworkSnapshot;
}

export function statusQueue(queue: QueueSnapshot): StatusQueue {
  const { notify, interrupt } = describe(queue);
  return {
    index: queue.index,
    role: queue.role,
    size: queue.size,
    started: queue.started,
    desired: queue.desired,
    phase: queue.phase,
    step: queue.step,
    notify,
    interrupt,
    evidence: queue.evidence,
    interruptEvidence: queue.interruptEvidence,
    generation: queue.generation,
    reason: queue.reason === null ? null : { code: queue.reason.code, message: queue.reason.message },
    accelerator: queue.accelerator,
    group: queue.group,
    notifyRegion: queue.notifyRegion,
    counters: queue.counters,
  };
}

/** Everything about an endpoint but its queues. */
export function statusLink(session: Omit<SessionSnapshot, 'queues'>): StatusLink {
  return {
    name: session.name,
    state: session.state,
    dialect: session.dialect,
    peer: session.peer === null ? null : { pid: session.peer.pid },
    features: session.features,
    mac: session.mac,
    uplink: session.uplink,
  };
}

export function status(snapshot: EngineSnapshot): Status {
  return {
    sessions: snapshot.sessions.map((session) => ({
      ...statusLink(session),
      queues: session.queues.map(statusQueue),
    })),
    accelerators: snapshot.accelerators,
    network: snapshot.network,
  };
}
