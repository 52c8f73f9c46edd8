/** What an operator asks of a queue. The engine itself never changes what is desired. */
import type { SessionEvent } from './events.ts';
import type { Turn } from './turn.ts';

/** A repeated wish for `accelerated` is a retry of an attempt that fell short. */
export function setDesired(turn: Turn, event: Extract<SessionEvent, { readonly kind: 'set-desired' }>): void {
  const queue = turn.queue(event.queue);
  const fellShort = queue.settled !== null || event.desired === 'software';
  const forgets = fellShort && queue.owner.kind !== 'nobody' && queue.page.kind !== 'unconfirmed';
  turn.patchQueue(event.queue, {
    desired: event.desired,
    desiredAccelerator: event.accelerator,
    settled: null,
    ...(forgets ? { reason: null, acknowledged: false } : {}),
  });
}

/** Ends a change in progress by undoing it. */
export function cancel(turn: Turn, index: number, request: number): void {
  turn.patchQueue(index, {
    desired: 'software',
    settled: null,
    reason: turn.reason('cancelled', `The operator cancelled the change (request ${request})`),
    acknowledged: false,
  });
}

export function acknowledge(turn: Turn, index: number): void {
  turn.patchQueue(index, { acknowledged: true });
}
