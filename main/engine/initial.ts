/** How sessions and queues begin. */
import type { Desired } from '../../app/contract/words.ts';
import { roleOf } from './endpoints.ts';
import type { QueueState, SessionConfig, SessionState } from './state.ts';

/** What an endpoint remembers of a queue between sessions. */
export interface DesiredQueue {
  readonly desired: Desired;
  readonly accelerator: string | null;
}

export function initialQueue(index: number, wanted: DesiredQueue, now: number): QueueState {
  return {
    index,
    role: roleOf(index),
    size: null,
    addresses: null,
    base: null,
    stoppedAt: null,
    kick: { kind: 'unset' },
    call: { kind: 'unset' },
    err: { kind: 'unset' },
    enabled: false,
    usedLog: null,
    owner: { kind: 'nobody' },
    op: null,
    memory: null,
    broken: false,
    page: { kind: 'none' },
    offer: null,
    group: { kind: 'none' },
    mappedAt: null,
    removed: null,
    look: null,
    hold: null,
    guardPoll: false,
    logging: null,
    wrap: null,
    preparation: null,
    translation: null,
    desired: wanted.desired,
    desiredAccelerator: wanted.accelerator,
    settled: null,
    phase: 'down',
    step: null,
    since: now,
    generation: 0,
    reason: null,
    acknowledged: false,
    contradiction: null,
    proof: {
      path: 'none',
      since: now,
      baseline: null,
      notifyProven: false,
      interruptProven: false,
      seen: false,
      missed: false,
      lookedAt: now,
      lateKicks: 0,
      stuckSince: null,
    },
    evidence: 0,
    interruptEvidence: 0,
    mapsReadable: null,
    mapsReason: null,
    blackoutNs: null,
    transitions: [],
    sample: null,
  };
}

/** `wanted` has one entry per queue: two per pair. */
export function initialSession(
  config: SessionConfig,
  wanted: readonly DesiredQueue[],
  now: number,
): SessionState {
  return {
    config,
    nextEffect: 1,
    ackedFeatures: null,
    ackedProtocol: null,
    status: 0n,
    mtu: null,
    knownLink: { up: null, told: false },
    memory: null,
    mapping: null,
    retired: [],
    log: null,
    retiredLogs: [],
    backEnd: { kind: 'none' },
    speaksDialect: null,
    owed: null,
    mapsTrusted: false,
    ending: false,
    closed: false,
    queues: wanted.map((queue, index) => initialQueue(index, queue, now)),
  };
}
