/**
 * An engine of which nothing is real but the pace: one VM of many queues whose pages are mapped anew so many times
 * a second, each with its transition and its line of the feed. It stands under the real service and the real door,
 * for how fast and how gently the panel follows.
 */
import type { FeedEntry, QueueRef } from '../../../app/contract/events.ts';
import { COUNTERS_STRIDE } from '../../../app/contract/events.ts';
import type { QueueStatistics } from '../../../app/contract/statistics.ts';
import type { CommandError } from '../../../app/contract/commands.ts';
import type {
  AcceleratorSnapshot,
  EngineSnapshot,
  NetworkSnapshot,
  QueueSnapshot,
  SessionSnapshot,
} from '../../../app/contract/snapshot.ts';
import { disposable, type Disposable } from '../../../main/base/disposable.ts';
import { err, type Result } from '../../../main/base/result.ts';
import type { EngineChange, EnginePort } from '../../../main/service/port.ts';

/** The one VM. */
export const STORM_VM = 'web-01';
const FEED = 400;
/** As many as travel with a record. */
const TRANSITIONS = 8;
/** Prime to the number of queues: neighbours do not move one after another. */
const STRIDE = 37;
/** Of the clock that events are sent by: what is due is sent together. */
const PACE_MS = 2;

const refused: Result<never, CommandError> = err({ code: 'nothing-to-do', message: 'A storm obeys nobody.' });

export class StormEngine implements EnginePort {
  readonly #session: SessionSnapshot;
  readonly #accelerators: readonly AcceleratorSnapshot[];
  readonly #queues: QueueSnapshot[];
  readonly #listeners = new Set<(change: EngineChange) => void>();
  #feed: FeedEntry[] = [];
  #next = 0;
  #ticks = 0;

  /** `picture`: one session whose queues are mapped. */
  constructor({ sessions, accelerators }: EngineSnapshot) {
    const [session] = sessions;
    if (session === undefined) throw new Error('a storm needs a session');
    this.#session = session;
    this.#accelerators = accelerators;
    this.#queues = [...session.queues];
  }

  get queues(): readonly QueueSnapshot[] {
    return this.#queues;
  }

  sessions(): readonly SessionSnapshot[] {
    return [{ ...this.#session, queues: this.#queues }];
  }

  session(name: string): SessionSnapshot | null {
    return name === this.#session.name ? { ...this.#session, queues: this.#queues } : null;
  }

  accelerators(): readonly AcceleratorSnapshot[] {
    return this.#accelerators;
  }

  network(): NetworkSnapshot {
    return { sinkFrames: 0, sinkBytes: 0, answered: 0, dropped: 0 };
  }

  feed(): readonly FeedEntry[] {
    return this.#feed.slice(-FEED);
  }

  setDesired(): Result<void, CommandError> {
    return refused;
  }

  cancel(): Result<void, CommandError> {
    return refused;
  }

  acknowledge(): Result<void, CommandError> {
    return refused;
  }

  assign(): Result<number, CommandError> {
    return refused;
  }

  statistics(): Result<QueueStatistics, CommandError> {
    return refused;
  }

  counters(queues: readonly QueueRef[]): readonly number[] {
    this.#ticks++;
    return queues.flatMap(({ index }) =>
      Array.from({ length: COUNTERS_STRIDE }, (_, field) => this.#ticks * (index + field + 1)),
    );
  }

  onChange(listener: (change: EngineChange) => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }

  end(): Promise<void> {
    return Promise.resolve();
  }

  /** One event: a queue's page is mapped under a new generation, by turns proven and not yet. */
  step(): QueueSnapshot {
    const place = (this.#next++ * STRIDE) % this.#queues.length;
    const old = this.#queues[place];
    if (old === undefined) throw new Error('a storm needs queues');
    const generation = old.generation + 1;
    const at = Date.now();
    const transition = { at, from: 'arming', to: 'mapped', cause: `front-end answered 0 for g${generation}` };
    const queue: QueueSnapshot = {
      ...old,
      generation,
      evidence: generation % 2 === 0 ? 1 : 3,
      since: at,
      offer: old.offer === null ? null : { ...old.offer, generation, sentAt: at },
      transitions: [...old.transitions.slice(1 - TRANSITIONS), transition],
    };
    this.#queues[place] = queue;
    const entry: FeedEntry = {
      at,
      severity: 'note',
      session: this.#session.name,
      queue: queue.index,
      code: 'transition',
      message: `${queue.role} arming → mapped: ${transition.cause}`,
    };
    this.#feed.push(entry);
    if (this.#feed.length > 2 * FEED) this.#feed = this.#feed.slice(-FEED);
    const change: EngineChange = {
      sessions: [],
      removed: [],
      queues: [{ session: this.#session.name, index: queue.index }],
      accelerators: false,
      feed: [entry],
    };
    for (const listener of this.#listeners) listener(change);
    return queue;
  }

  /** So many events a second for so long, each told of as it happens. Resolves with how many there were. */
  run(
    perSecond: number,
    ms: number,
    each: (queue: QueueSnapshot) => void = () => undefined,
  ): Promise<number> {
    const began = performance.now();
    let sent = 0;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const elapsed = Math.min(ms, performance.now() - began);
        const due = Math.floor((elapsed * perSecond) / 1_000);
        for (; sent < due; sent++) each(this.step());
        if (elapsed < ms) return;
        clearInterval(timer);
        resolve(sent);
      }, PACE_MS);
    });
  }
}
