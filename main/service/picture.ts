/**
 * The engine as subscribers see it: whole snapshots, and what changed since. Records are read when they are
 * sent, so a burst of transitions of one queue costs one record that carries all of them.
 */
import type { FeedEntry, SessionRecord, StateEvent } from '../../app/contract/events.ts';
import type { EngineSnapshot, QueueSnapshot, SessionSnapshot } from '../../app/contract/snapshot.ts';
import type { EngineChange, EnginePort } from './port.ts';

export interface EngineIdentity {
  readonly version: string;
  readonly pid: number;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
}

/** A `changed` event before it is numbered for one subscriber. */
export type ChangedBody = Omit<Extract<StateEvent, { kind: 'changed' }>, 'seq'>;

export interface Picture {
  readonly readOnly: boolean;
  snapshot(): EngineSnapshot;
}

function recordOf({ queues, ...record }: SessionSnapshot): SessionRecord {
  return { ...record, queueCount: queues.length };
}

/** Collects changes between two ticks. */
export class PendingChanges {
  readonly #sessions = new Set<string>();
  readonly #removed = new Set<string>();
  readonly #queues = new Map<string, Set<number>>();
  #accelerators = false;
  #readOnly = false;
  #feed: FeedEntry[] = [];

  add(change: EngineChange): void {
    for (const name of change.sessions) {
      this.#sessions.add(name);
      this.#removed.delete(name);
    }
    for (const name of change.removed) {
      this.#removed.add(name);
      this.#sessions.delete(name);
      this.#queues.delete(name);
    }
    for (const { session, index } of change.queues) {
      const known = this.#queues.get(session);
      if (known === undefined) this.#queues.set(session, new Set([index]));
      else known.add(index);
    }
    this.#accelerators ||= change.accelerators;
    this.#feed.push(...change.feed);
  }

  addReadOnly(): void {
    this.#readOnly = true;
  }

  /** The latest record of everything that changed, and forgets it; null when nothing did. */
  take(engine: EnginePort, readOnly: boolean): ChangedBody | null {
    const names = new Set([...this.#sessions, ...this.#queues.keys()]);
    const nothing = names.size === 0 && this.#removed.size === 0 && this.#feed.length === 0;
    if (nothing && !this.#accelerators && !this.#readOnly) return null;
    const sessions: SessionRecord[] = [];
    const queues: { session: string; queue: QueueSnapshot }[] = [];
    for (const name of names) {
      const session = engine.session(name);
      if (session === null) continue;
      if (this.#sessions.has(name)) sessions.push(recordOf(session));
      const changed = this.#queues.get(name);
      for (const queue of session.queues)
        if (changed?.has(queue.index) === true) queues.push({ session: name, queue });
    }
    const body: ChangedBody = {
      kind: 'changed',
      sessions,
      removed: [...this.#removed],
      queues,
      accelerators: this.#accelerators ? [...engine.accelerators()] : [],
      feed: this.#feed,
      readOnly,
    };
    this.clear();
    return body;
  }

  clear(): void {
    this.#sessions.clear();
    this.#removed.clear();
    this.#queues.clear();
    this.#accelerators = false;
    this.#readOnly = false;
    this.#feed = [];
  }
}

export class EnginePicture implements Picture {
  readonly #engine: EnginePort;
  readonly #identity: EngineIdentity;
  readOnly = false;

  constructor(engine: EnginePort, identity: EngineIdentity) {
    this.#engine = engine;
    this.#identity = identity;
  }

  snapshot(): EngineSnapshot {
    return {
      ...this.#identity,
      readOnly: this.readOnly,
      sessions: [...this.#engine.sessions()],
      accelerators: [...this.#engine.accelerators()],
    };
  }
}
