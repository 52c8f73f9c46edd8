/** Which fallbacks nobody has acknowledged. A later retry that succeeds does not forget them; the operator does. */
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import { keyOf, type QueueKey } from '../../app/contract/queue-key.ts';
import { describeOnce } from './selectors.ts';
import type { Fallback } from './state.ts';

type Fallbacks = ReadonlyMap<QueueKey, Fallback>;

/** `changed`: the records to look at; all of them after a snapshot. */
export function withFallbacks(
  old: Fallbacks,
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
  changed?: readonly { readonly session: string; readonly queue: QueueSnapshot }[],
): Fallbacks {
  const looked: Iterable<readonly [QueueKey, QueueSnapshot]> =
    changed === undefined
      ? queues
      : changed.map(({ session, queue }) => [keyOf(session, queue.index), queue] as const);
  const edits = new Map<QueueKey, Fallback | null>();
  for (const [key, queue] of looked) {
    if (describeOnce(queue).word !== 'FELL BACK' || queue.reason === null) continue;
    const { at, message } = queue.reason;
    if (queue.acknowledged && old.has(key)) edits.set(key, null);
    else if (!queue.acknowledged && old.get(key)?.at !== at) edits.set(key, { at, message });
  }
  for (const key of old.keys()) if (!queues.has(key)) edits.set(key, null);
  if (edits.size === 0) return old;
  const next = new Map(old);
  for (const [key, fallback] of edits) {
    if (fallback === null) next.delete(key);
    else next.set(key, fallback);
  }
  return next;
}

/** The ones that came since, for whoever was not looking. */
export const newFallbacks = (before: Fallbacks, after: Fallbacks): readonly QueueKey[] =>
  [...after].filter(([key, { at }]) => before.get(key)?.at !== at).map(([key]) => key);
