/**
 * Both ends of a paced connection. Each keeps the records as they were last told, by the same rules, so that the one
 * can say what moved and the other knows from where.
 */
import { deltaOf, patched, type QueueDelta } from './delta.ts';
import type { PacedEvent, SessionRecord, StateEvent } from './events.ts';
import type { EngineSnapshot, QueueSnapshot } from './snapshot.ts';

class Told {
  readonly #sessions = new Map<string, Map<number, QueueSnapshot>>();

  reset({ sessions }: EngineSnapshot): void {
    this.#sessions.clear();
    for (const { name, queues } of sessions) for (const queue of queues) this.set(name, queue);
  }

  /** Forgets what a reader of this event drops. */
  trim(sessions: readonly SessionRecord[], removed: readonly string[]): void {
    for (const name of removed) this.#sessions.delete(name);
    for (const { name, queueCount } of sessions) {
      const known = this.#sessions.get(name);
      if (known === undefined) continue;
      for (const index of known.keys()) if (index >= queueCount) known.delete(index);
    }
  }

  get(session: string, index: number): QueueSnapshot | undefined {
    return this.#sessions.get(session)?.get(index);
  }

  set(session: string, queue: QueueSnapshot): void {
    const known = this.#sessions.get(session);
    if (known === undefined) this.#sessions.set(session, new Map([[queue.index, queue]]));
    else known.set(queue.index, queue);
  }
}

export class PacedWriter {
  readonly #told = new Told();

  write(event: StateEvent): PacedEvent {
    if (event.kind === 'snapshot') {
      this.#told.reset(event.snapshot);
      return event;
    }
    this.#told.trim(event.sessions, event.removed);
    const queues: (typeof event.queues)[number][] = [];
    const moved: QueueDelta[] = [];
    for (const change of event.queues) {
      const base = this.#told.get(change.session, change.queue.index);
      if (base === undefined) queues.push(change);
      else moved.push(deltaOf(change.session, base, change.queue));
      this.#told.set(change.session, change.queue);
    }
    return { ...event, queues, moved };
  }
}

export class PacedReader {
  readonly #told = new Told();
  #seq: number | null = null;

  /** The event with whole records; null where it moves a record that was never told. */
  read(event: PacedEvent): StateEvent | null {
    if (event.kind === 'snapshot') {
      this.#told.reset(event.snapshot);
      this.#seq = event.seq;
      return event;
    }
    const { moved, ...rest } = event;
    // After a gap nothing can be built on: whoever counts sees the gap, and the next snapshot mends it.
    if (this.#seq === null || event.seq !== this.#seq + 1) return rest;
    this.#told.trim(event.sessions, event.removed);
    const queues = [...event.queues];
    for (const delta of moved) {
      const base = this.#told.get(delta.session, delta.index);
      const queue = base === undefined ? null : patched(base, delta);
      if (queue === null) return null;
      queues.push({ session: delta.session, queue });
    }
    for (const { session, queue } of queues) this.#told.set(session, queue);
    this.#seq = event.seq;
    return { ...rest, queues };
  }
}
