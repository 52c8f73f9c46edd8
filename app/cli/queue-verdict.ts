/** Whether a queue has become what was asked for, judged from its record alone. Pure. */
import { describe } from '../contract/describe.ts';
import type { QueueSnapshot } from '../contract/snapshot.ts';
import type { Desired } from '../contract/words.ts';

export interface Wish {
  readonly desired: Desired;
  /** The accelerator asked for by name, or null for any. */
  readonly on: string | null;
}

export type Verdict = 'reached' | 'fell-back' | 'pending';

/** Its record shows that it fell back, now or long ago. */
export function isFallenBack(queue: QueueSnapshot): boolean {
  return describe(queue).word === 'FELL BACK';
}

/**
 * `before` is the record as it was when the wish was sent: a reason that it already had says nothing about
 * this attempt.
 */
export function verdict(queue: QueueSnapshot, before: QueueSnapshot | null, wish: Wish): Verdict {
  if (queue.desired !== wish.desired) return 'pending';
  if (describe(queue).asDesired === true && queue.evidence >= 1)
    return wish.on === null || wish.desired === 'software' || queue.accelerator === wish.on
      ? 'reached'
      : 'pending';
  const isOldReason = before?.reason != null && before.reason.at === queue.reason?.at;
  return isFallenBack(queue) && !isOldReason ? 'fell-back' : 'pending';
}
