/** What views read that several of them derive from the state. Pure; records keep their identity. */
import { describe, type Description } from '../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { QueueHistory } from './history.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';
import type { PanelState } from './state.ts';

const described = new WeakMap<QueueSnapshot, Description>();

/** `describe`, once per record: the store replaces a record whenever it changes. */
export function describeOnce(queue: QueueSnapshot): Description {
  let description = described.get(queue);
  if (description === undefined) {
    description = describe(queue);
    described.set(queue, description);
  }
  return description;
}

export interface Counts {
  readonly total: number;
  /** Queues whose state can be compared with what was asked: not down, not stale. */
  readonly counted: number;
  readonly asDesired: number;
  readonly fellBack: number;
  readonly suspect: number;
  readonly quarantine: number;
  readonly changing: number;
  readonly stale: number;
  readonly accelerated: number;
  readonly software: number;
  readonly unproven: number;
}

export function count(queues: Iterable<QueueSnapshot>): Counts {
  const sum = {
    total: 0,
    counted: 0,
    asDesired: 0,
    fellBack: 0,
    suspect: 0,
    quarantine: 0,
    changing: 0,
    stale: 0,
    accelerated: 0,
    software: 0,
    unproven: 0,
  };
  for (const queue of queues) {
    const { word, asDesired, proven } = describeOnce(queue);
    sum.total++;
    if (asDesired !== null) sum.counted++;
    if (asDesired === true) sum.asDesired++;
    if (word === 'FELL BACK') sum.fellBack++;
    if (word === 'SUSPECT') sum.suspect++;
    if (word === 'QUARANTINE') sum.quarantine++;
    if (word === 'STEP') sum.changing++;
    if (word === 'STALE') sum.stale++;
    if (queue.phase === 'mapped') sum.accelerated++;
    if (queue.phase === 'software') sum.software++;
    if (queue.phase === 'mapped' && !proven) sum.unproven++;
  }
  return sum;
}

type Queues = PanelState['queues'];

/** What is derived from all queues, once per state, however many views ask. */
function oncePerState<T>(derive: (queues: Queues) => T): (queues: Queues) => T {
  const known = new WeakMap<Queues, { readonly value: T }>();
  return (queues) => {
    let found = known.get(queues);
    if (found === undefined) {
      found = { value: derive(queues) };
      known.set(queues, found);
    }
    return found.value;
  };
}

/** `count` of all queues. */
export const countsOf = oncePerState((queues) => count(queues.values()));

/** How many queues `runsOtherwise` and `isException` hold of. */
export const exceptionsOf = oncePerState((queues) => {
  let otherwise = 0;
  let exceptions = 0;
  for (const queue of queues.values()) {
    if (!runsOtherwise(queue)) continue;
    otherwise++;
    if (isException(queue)) exceptions++;
  }
  return { otherwise, exceptions };
});

/** Other than asked for a reason, or denied by their own traffic; a change on its way is neither. */
export function runsOtherwise(queue: QueueSnapshot): boolean {
  const { word } = describeOnce(queue);
  return word === 'FELL BACK' || word === 'SUSPECT' || word === 'QUARANTINE';
}

/** Queues that run other than asked, or whose own traffic denies their state; not those already seen. */
export function isException(queue: QueueSnapshot): boolean {
  return runsOtherwise(queue) && !(describeOnce(queue).word === 'FELL BACK' && queue.acknowledged);
}

export type Progress =
  | { readonly kind: 'moving' }
  | { readonly kind: 'idle' | 'stalled'; readonly since: number | null }
  | { readonly kind: 'unknown' };

const MOVING_MS = 1_500;

/** `engineNow`: the engine's clock, milliseconds. */
export function progressOf(
  queue: QueueSnapshot,
  history: QueueHistory | undefined,
  engineNow: number,
): Progress {
  if (queue.phase === 'down' || history === undefined) return { kind: 'unknown' };
  const { last, movedAt, kept } = history;
  const known =
    last.usedIdx !== null ||
    last.counters.engineDescriptors !== null ||
    last.counters.deviceDescriptors !== null;
  if (!known || (movedAt === null && kept.length < 3)) return { kind: 'unknown' };
  if (movedAt !== null && engineNow - movedAt < MOVING_MS) return { kind: 'moving' };
  // A receive queue holds empty buffers while nothing arrives, so only the others can be seen to stall.
  const waiting = queue.role !== 'rx' && last.availIdx !== null && last.usedIdx !== null;
  return { kind: waiting && last.availIdx !== last.usedIdx ? 'stalled' : 'idle', since: movedAt };
}

/** The engine is connected but silent, or not connected at all: values on the screen are not live. */
export type Liveness = 'loading' | 'live' | 'stale' | 'lost';

export const STALE_MS = 5_000;

export function livenessOf(state: PanelState, now: number): Liveness {
  if (state.engine === null) return state.link.kind === 'lost' ? 'lost' : 'loading';
  if (state.link.kind !== 'connected' || state.frozenAt !== null) return 'lost';
  return now - (state.heardAt ?? now) > STALE_MS ? 'stale' : 'live';
}

/** The engine's clock, standing still while nothing is heard: an age must not grow on values that are frozen. */
export function engineClock(state: PanelState, now: number): number {
  const heard = state.heardAt ?? now;
  return (state.frozenAt ?? (now - heard > STALE_MS ? heard : now)) + state.skewMs;
}

/** Why no control may be used right now, or null. */
export function blockedBecause(state: PanelState, now: number): string | null {
  switch (livenessOf(state, now)) {
    case 'loading':
      return 'The first picture of the engine has not arrived yet.';
    case 'lost':
      return 'The engine cannot be reached; these values are frozen.';
    case 'stale':
      return 'The engine is silent; these values may be old.';
    case 'live':
      return state.readOnly ? 'The panel is read-only. Switch that off in the rail to make changes.' : null;
  }
}

export const queueOf = (state: PanelState, key: QueueKey): QueueSnapshot | undefined => state.queues.get(key);
