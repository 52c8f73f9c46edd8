/** The latest record of each queue of one session, and a wake-up whenever one changes. */
import type { StateEvent } from '../contract/events.ts';
import type { QueueSnapshot } from '../contract/snapshot.ts';
import type { Connection } from './connection.ts';

export class QueueWatch {
  readonly records = new Map<number, QueueSnapshot>();
  readonly #session: string;
  #wake: () => void = () => undefined;
  #exists = false;
  #lost = false;

  constructor({ client, onLost }: Connection, session: string) {
    this.#session = session;
    onLost(() => {
      this.#lost = true;
      this.#wake();
    });
    client.onState((event) => {
      this.#apply(event);
      this.#wake();
    });
  }

  /** The session was there when last heard of. */
  get exists(): boolean {
    return this.#exists;
  }

  /** The engine is gone: nothing more will be heard. */
  get lost(): boolean {
    return this.#lost;
  }

  /** Resolves at the next news, or after `ms`. */
  next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #apply(event: StateEvent): void {
    if (event.kind === 'snapshot') {
      const found = event.snapshot.sessions.find(({ name }) => name === this.#session);
      this.#exists = found !== undefined;
      this.records.clear();
      for (const queue of found?.queues ?? []) this.records.set(queue.index, queue);
    } else {
      for (const { session, queue } of event.queues)
        if (session === this.#session) this.records.set(queue.index, queue);
    }
  }
}
