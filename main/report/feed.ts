/**
 * The event feed: every transition of every queue with its cause and, where there is one, its reason; and
 * what the engine logs. Bounded: it is for looking back a little, the trace is for more.
 */
import type { FeedEntry } from '../../app/contract/events.ts';
import { keyOf } from '../../app/contract/queue-key.ts';
import { BoundedLog } from '../base/bounded-log.ts';
import type { LogLine } from '../engine/endpoints.ts';
import type { QueueState, Reason, Transition } from '../engine/state.ts';

const CAPACITY = 400;

interface Seen {
  readonly transition: Transition | undefined;
  readonly reason: Reason | null;
}

export class Feed {
  readonly #log = new BoundedLog<FeedEntry>(CAPACITY);
  readonly #seen = new Map<string, Seen>();
  /** The last line that the engine logged about a queue: most reasons are logged as they arise. */
  readonly #logged = new Map<string, string>();

  newest(): readonly FeedEntry[] {
    return this.#log.newest();
  }

  line(line: LogLine): FeedEntry {
    const entry: FeedEntry = { ...line };
    this.#log.push(entry);
    if (line.session !== null && line.queue !== null)
      this.#logged.set(keyOf(line.session, line.queue), textOf(line));
    return entry;
  }

  /** What is new in a queue's record since it was last looked at. */
  queue(session: string, queue: QueueState): readonly FeedEntry[] {
    const key = keyOf(session, queue.index);
    const before = this.#seen.get(key);
    const last = queue.transitions.at(-1);
    this.#seen.set(key, { transition: last, reason: queue.reason });
    const known = before?.transition === undefined ? -1 : queue.transitions.lastIndexOf(before.transition);
    const fresh = queue.transitions.slice(known + 1);
    const isNewReason =
      queue.reason !== null &&
      queue.reason !== before?.reason &&
      this.#logged.get(key) !== textOf(queue.reason);
    const entries = fresh.map((transition) => transitionEntry(session, queue, transition));
    if (isNewReason) entries.push(reasonEntry(session, queue, queue.reason));
    for (const entry of entries) this.#log.push(entry);
    return entries;
  }

  /** The endpoint is gone; a later one of the same name is another. */
  forget(session: string): void {
    for (const known of [this.#seen, this.#logged])
      for (const key of known.keys()) if (key.startsWith(`${session}/`)) known.delete(key);
  }
}

const textOf = ({ code, message }: { readonly code: string; readonly message: string }): string =>
  `${code} ${message}`;

const transitionEntry = (session: string, queue: QueueState, transition: Transition): FeedEntry => ({
  at: transition.at,
  severity: 'note',
  session,
  queue: queue.index,
  code: 'transition',
  message: `${queue.role} ${transition.from} → ${transition.to}: ${transition.cause}`,
});

const reasonEntry = (session: string, queue: QueueState, reason: Reason): FeedEntry => ({
  at: reason.at,
  severity: 'warn',
  session,
  queue: queue.index,
  code: reason.code,
  message: reason.message,
});
