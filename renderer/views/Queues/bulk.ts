/** What a change of many queues would do, and what became of it, queue by queue. Pure. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Desired } from '../../../app/contract/words.ts';
import type { QueueKey } from '../../store/key.ts';
import { describeOnce } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';

export interface BulkPlan {
  readonly change: readonly QueueKey[];
  readonly already: readonly QueueKey[];
}

/** A queue that fell back and is wanted accelerated again is a retry, so it changes. */
export function planOf(
  state: Pick<PanelState, 'queues'>,
  keys: Iterable<QueueKey>,
  desired: Desired,
): BulkPlan {
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

export interface BulkOutcome {
  readonly asDesired: number;
  readonly otherwise: number;
  readonly refused: number;
  readonly toGo: number;
}

/** What each queue was asked to be. */
export type Targets = ReadonlyMap<QueueKey, Desired>;

export function outcomeOf(state: Pick<PanelState, 'queues' | 'asked'>, targets: Targets): BulkOutcome {
  let outcome: BulkOutcome = { asDesired: 0, otherwise: 0, refused: 0, toGo: 0 };
  for (const [key, desired] of targets) {
    const kind = fateOf(state.queues.get(key), state.asked.get(key)?.error != null, desired);
    outcome = { ...outcome, [kind]: outcome[kind] + 1 };
  }
  return outcome;
}

/** What these queues are wanted as now: where an undo leads back to. A retry changes nothing, so neither does it. */
export function desiredOf(state: Pick<PanelState, 'queues'>, keys: Iterable<QueueKey>): Targets {
  const desired = new Map<QueueKey, Desired>();
  for (const key of keys) {
    const queue = state.queues.get(key);
    if (queue !== undefined) desired.set(key, queue.desired);
  }
  return desired;
}

function fateOf(queue: QueueSnapshot | undefined, isRefused: boolean, desired: Desired): keyof BulkOutcome {
  if (isRefused || queue === undefined) return 'refused';
  if (queue.desired !== desired) return 'toGo';
  const { asDesired, word } = describeOnce(queue);
  if (asDesired === true) return 'asDesired';
  return word === 'STEP' ? 'toGo' : 'otherwise';
}
