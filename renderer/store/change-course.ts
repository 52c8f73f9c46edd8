/**
 * The course of a change: what it would do, what became of each of its queues, what may be asked next, where an undo leads
 * back to. Pure.
 */
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';
import type { Change, Targets } from './change.ts';
import { describeOnce } from './selectors.ts';
import type { PanelState } from './state.ts';

/** Requests that are on their way at a time: one slow queue must not hold up many, nor many flood the VMM. */
export const AT_A_TIME = 4;

/**
 * What became of one queue of a change. `asDesired` and `otherwise`: it was taken and runs so, or not so.
 * `refused`: the engine did not take it. `unsent`: an earlier failure stopped it.
 */
export type Fate = 'asDesired' | 'otherwise' | 'refused' | 'unsent' | 'running' | 'waiting';

type Known = Pick<PanelState, 'queues' | 'asked'>;

export function fateOf(state: Known, change: Change, key: QueueKey): Fate {
  const queue = state.queues.get(key);
  if (!change.sent.has(key)) {
    return queue === undefined || (change.stopAtFailure && hasFailed(state, change)) ? 'unsent' : 'waiting';
  }
  const asked = state.asked.get(key);
  if (queue === undefined || asked?.error != null) return 'refused';
  // The engine's record may be a moment behind its answer.
  if (asked !== undefined || queue === change.before.get(key)) return 'running';
  if (queue.desired !== change.targets.get(key)) return 'otherwise';
  const { asDesired, word } = describeOnce(queue);
  if (word === 'STEP') return 'running';
  // A queue that is not running takes what is desired with it to its next start.
  return asDesired === true || queue.phase === 'down' ? 'asDesired' : 'otherwise';
}

function hasFailed(state: Known, change: Change): boolean {
  for (const key of change.sent.keys()) {
    const fate = fateOf(state, change, key);
    if (fate === 'refused' || fate === 'otherwise') return true;
  }
  return false;
}

export type Tally = Readonly<Record<Fate, number>>;

export function tallyOf(state: Known, change: Change): Tally {
  const tally = { asDesired: 0, otherwise: 0, refused: 0, unsent: 0, running: 0, waiting: 0 };
  for (const key of change.targets.keys()) tally[fateOf(state, change, key)]++;
  return tally;
}

export const isRunning = (tally: Tally): boolean => tally.running + tally.waiting > 0;

/** Which requests may leave now. */
export function nextToSend(state: Known, change: Change): readonly QueueKey[] {
  const waiting: QueueKey[] = [];
  let running = 0;
  for (const key of change.targets.keys()) {
    const fate = fateOf(state, change, key);
    if (fate === 'running') running++;
    else if (fate === 'waiting') waiting.push(key);
  }
  return waiting.slice(0, Math.max(0, AT_A_TIME - running));
}

export interface Plan {
  readonly change: readonly QueueKey[];
  readonly already: readonly QueueKey[];
}

/** A queue that fell back and is wanted accelerated again is a retry, so it changes. */
export function planOf(state: Pick<PanelState, 'queues'>, keys: Iterable<QueueKey>, desired: Desired): Plan {
  const change: QueueKey[] = [];
  const already: QueueKey[] = [];
  for (const key of keys) {
    const queue = state.queues.get(key);
    if (queue === undefined) continue;
    const isRetry = desired === 'accelerated' && describeOnce(queue).word === 'FELL BACK';
    (queue.desired === desired && !isRetry ? already : change).push(key);
  }
  return { change, already };
}

/** The records of these queues as they are now: where an undo leads back to. */
export const recordsOf = (
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
  keys: Iterable<QueueKey>,
): ReadonlyMap<QueueKey, QueueSnapshot> =>
  new Map(
    [...keys].flatMap((key) => {
      const queue = queues.get(key);
      return queue === undefined ? [] : [[key, queue] as const];
    }),
  );

/**
 * What an undo asks for: the queues that are wanted otherwise now than before the change, with what was wanted
 * then. What the engine never took needs no undo, and a retry changed nothing that was wanted.
 */
export function undoOf(queues: ReadonlyMap<QueueKey, QueueSnapshot>, change: Change): Targets {
  const back = new Map<QueueKey, Desired>();
  for (const [key, { desired }] of change.before) {
    const now = queues.get(key)?.desired;
    if (now !== desired && now === change.targets.get(key)) back.set(key, desired);
  }
  return back;
}
