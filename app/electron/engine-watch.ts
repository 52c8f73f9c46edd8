/**
 * What the desktop shell itself must know of the engine: how much depends on it (for the close question) and
 * when a queue falls back while nobody looks (for a notification and the tray).
 */
import { describe } from '../contract/describe.ts';
import type { StateEvent } from '../contract/events.ts';
import type { QueueSnapshot, SessionSnapshot } from '../contract/snapshot.ts';

export interface EngineLoad {
  readonly connected: number;
  readonly accelerated: number;
  readonly fellBack: number;
}

export interface Fallback {
  readonly session: string;
  readonly queue: QueueSnapshot;
}

const isFallback = (queue: QueueSnapshot): boolean => {
  const { word } = describe(queue);
  return word === 'FELL BACK' || word === 'SUSPECT' || word === 'QUARANTINE';
};

export class EngineWatch {
  readonly #sessions = new Map<string, Pick<SessionSnapshot, 'state'>>();
  readonly #queues = new Map<string, Fallback>();

  /** Applies one state event; → queues that fell back with it (none for a snapshot: that is history). */
  apply(event: StateEvent): readonly Fallback[] {
    if (event.kind === 'snapshot') {
      this.#sessions.clear();
      this.#queues.clear();
      for (const session of event.snapshot.sessions) {
        this.#sessions.set(session.name, session);
        for (const queue of session.queues) this.#put({ session: session.name, queue });
      }
      return [];
    }
    for (const session of event.sessions) this.#sessions.set(session.name, session);
    for (const name of event.removed) this.#remove(name);
    return event.queues.filter((change) => {
      const before = this.#queues.get(`${change.session}/${change.queue.index}`);
      this.#put(change);
      return isFallback(change.queue) && (before === undefined || !isFallback(before.queue));
    });
  }

  load(): EngineLoad {
    const queues = [...this.#queues.values()];
    return {
      connected: [...this.#sessions.values()].filter((session) => session.state === 'connected').length,
      accelerated: queues.filter(({ queue }) => describe(queue).servedBy === 'accelerator').length,
      fellBack: queues.filter(({ queue }) => isFallback(queue)).length,
    };
  }

  #put(entry: Fallback): void {
    this.#queues.set(`${entry.session}/${entry.queue.index}`, entry);
  }

  #remove(name: string): void {
    this.#sessions.delete(name);
    for (const [key, entry] of this.#queues) if (entry.session === name) this.#queues.delete(key);
  }
}
