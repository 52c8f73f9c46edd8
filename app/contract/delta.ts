/**
 * A queue's record as what differs from the one before it. A record holds some thirty fields and its past; most
 * changes move a handful of them, and a reader that is told of thousands in a second must not read the rest again.
 */
import { z } from 'zod';
import { PageOffer, QueueSnapshot, Transition, type QueueSnapshot as Queue } from './snapshot.ts';

const Count = z.number().int().nonnegative();

export const QueueDelta = z.object({
  session: z.string(),
  index: Count,
  /** Fields that say something else now, each whole. */
  set: QueueSnapshot.omit({ index: true, transitions: true }).partial(),
  /** Of an offer that goes on: what of it says something else. */
  offer: PageOffer.partial().optional(),
  /** How many of the oldest are no longer told of, and what came since. */
  transitions: z.object({ dropped: Count, added: z.array(Transition) }).optional(),
});
export type QueueDelta = z.infer<typeof QueueDelta>;

export function deltaOf(session: string, base: Queue, next: Queue): QueueDelta {
  const { index, transitions, offer, ...fields } = next;
  const delta: QueueDelta = { session, index, set: difference(base, fields) };
  if (base.offer === null || offer === null) {
    if (base.offer !== offer) delta.set.offer = offer;
  } else {
    const changed = difference(base.offer, offer);
    if (Object.keys(changed).length > 0) delta.offer = changed;
  }
  const dropped = droppedOf(base.transitions, transitions);
  const added = transitions.slice(base.transitions.length - dropped);
  if (dropped > 0 || added.length > 0) delta.transitions = { dropped, added };
  return delta;
}

/** The record after `base`; null where the difference is one from another record than this. */
export function patched(base: Queue, { set, offer, transitions }: QueueDelta): Queue | null {
  if (offer !== undefined && base.offer === null) return null;
  if (transitions !== undefined && transitions.dropped > base.transitions.length) return null;
  const merged = {
    ...base,
    ...set,
    ...(offer === undefined ? {} : { offer: { ...base.offer, ...offer } }),
    ...(transitions === undefined
      ? {}
      : { transitions: [...base.transitions.slice(transitions.dropped), ...transitions.added] }),
  };
  // What a difference leaves out is absent, never undefined: it came as JSON.
  return merged as Queue;
}

function difference<T extends object>(base: T, next: T): Partial<T> {
  const changed: Partial<T> = {};
  for (const key in next) if (!isSame(base[key], next[key])) changed[key] = next[key];
  return changed;
}

/** Of two values that JSON can carry. */
function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const left = Object.entries(a);
  const right = new Map(Object.entries(b));
  return left.length === right.size && left.every(([key, value]) => isSame(value, right.get(key)));
}

/** The fewest of `before` that must go so that the rest of it is how `after` begins. */
function droppedOf(before: readonly Transition[], after: readonly Transition[]): number {
  const from = before.findIndex(
    (_, place) =>
      before.length - place <= after.length &&
      before.slice(place).every((transition, offset) => isSame(transition, after[offset])),
  );
  return from < 0 ? before.length : from;
}
