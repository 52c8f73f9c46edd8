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

/** What of the engine is read for a `changed` event. */
export type ReadEngine = Pick<EnginePort, 'session' | 'accelerators'>;

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

  /** Of the feed at least the newest `lines` are kept. */
  add(change: EngineChange, lines = Infinity): void {
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
    if (this.#feed.length >= 2 * lines) this.#feed = this.#feed.slice(-lines);
  }

  addReadOnly(): void {
    this.#readOnly = true;
  }

  /** The latest record of everything that changed, and forgets it; null when nothing did. */
  take(engine: ReadEngine, readOnly: boolean): ChangedBody | null {
    const { sessions, removed, queues, accelerators, feed, isEmpty } = this.#forget();
    if (isEmpty) return null;
    const records: SessionRecord[] = [];
    const changed: { session: string; queue: QueueSnapshot }[] = [];
    for (const name of new Set([...sessions, ...queues.keys()])) {
      const session = engine.session(name);
      if (session === null) continue;
      if (sessions.has(name)) records.push(recordOf(session));
      const wanted = queues.get(name);
      for (const queue of session.queues)
        if (wanted?.has(queue.index) === true) changed.push({ session: name, queue });
    }
    return {
      kind: 'changed',
      sessions: records,
      removed: [...removed],
      queues: changed,
      accelerators: accelerators ? [...engine.accelerators()] : [],
      feed,
      readOnly,
    };
  }

  clear(): void {
    this.#forget();
  }

  /** Empties the collection first: reading the engine may make it tell of more. */
  #forget() {
    const taken = {
      sessions: new Set(this.#sessions),
      removed: new Set(this.#removed),
      queues: new Map(this.#queues),
      accelerators: this.#accelerators,
      feed: this.#feed,
    };
    const isEmpty =
      !this.#accelerators &&
      !this.#readOnly &&
      this.#sessions.size + this.#removed.size + this.#queues.size + this.#feed.length === 0;
    this.#sessions.clear();
    this.#removed.clear();
    this.#queues.clear();
    this.#accelerators = false;
    this.#readOnly = false;
    this.#feed = [];
    return { ...taken, isEmpty };
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
      network: this.#engine.network(),
    };
  }
}
