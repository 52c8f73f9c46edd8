/**
 * The state topic: a snapshot, then whole changed records, numbered without gaps for each subscriber. One
 * engine subscription and at most one running timer serve them all; without subscribers there is neither. For a
 * subscriber that is held what changes is gathered by name only: however far behind it is, it costs one event.
 */
import { FEED_LIMIT, type FeedEntry, type StateEvent } from '../../app/contract/events.ts';
import type { AcceleratorSnapshot, SessionSnapshot } from '../../app/contract/snapshot.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import { PendingChanges, type EnginePicture, type ReadEngine } from './picture.ts';
import type { EngineChange, EnginePort } from './port.ts';

/**
 * Half a frame of a 60 Hz display. A reader that draws once in a frame may have two states on their way: the second of
 * them still comes in time for the frame that the first one is waiting for.
 */
export const STATE_TICK_MS = 8;

type Listener = (event: StateEvent) => void;

/** A state event before it is numbered. */
type Unnumbered<E> = E extends StateEvent ? Omit<E, 'seq'> : never;

export interface StateSubscription extends Disposable {
  resync(): void;
  /** Nothing but snapshots until `release`. */
  hold(): void;
  release(): void;
}

class Subscriber {
  readonly pending = new PendingChanges();
  readonly #listener: Listener;
  #seq = 0;
  /** Nothing is sent before the snapshot. */
  started = false;
  isHeld = false;
  /** A tick came while it was held. */
  isDue = false;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  add(change: EngineChange): void {
    this.pending.add(change, this.isHeld ? FEED_LIMIT : Infinity);
  }

  send(event: Unnumbered<StateEvent>): void {
    this.#listener({ ...event, seq: this.#seq++ });
  }
}

export class StateTopic {
  readonly #engine: EnginePort;
  readonly #picture: EnginePicture;
  readonly #subscribers = new Set<Subscriber>();
  #engineSubscription: Disposable | null = null;
  #timer: NodeJS.Timeout | null = null;
  #reading: ReadOnce | null = null;

  constructor(engine: EnginePort, picture: EnginePicture) {
    this.#engine = engine;
    this.#picture = picture;
  }

  /** The snapshot comes soon, never within this call. */
  subscribe(listener: Listener): StateSubscription {
    const subscriber = new Subscriber(listener);
    this.#subscribers.add(subscriber);
    this.#engineSubscription ??= this.#engine.onChange((change) => {
      this.#reading?.forget();
      for (const one of this.#subscribers) one.add(change);
      this.#schedule();
    });
    const resync = (): void => this.#sendSnapshot(subscriber);
    queueMicrotask(resync);
    return {
      ...disposable(() => this.#leave(subscriber)),
      resync,
      hold: () => void (subscriber.isHeld = true),
      release: () => this.#release(subscriber),
    };
  }

  readOnlyChanged(): void {
    if (this.#subscribers.size === 0) return;
    for (const subscriber of this.#subscribers) subscriber.pending.addReadOnly();
    this.#schedule();
  }

  #sendSnapshot(subscriber: Subscriber): void {
    if (!this.#subscribers.has(subscriber)) return;
    // What is pending is in the snapshot already: nobody shall hear a line of the feed twice.
    if (subscriber.started && !subscriber.isHeld) this.#sendChanges(subscriber, this.#engine);
    else subscriber.pending.clear();
    subscriber.started = true;
    subscriber.isDue = false;
    const feed: FeedEntry[] = [...this.#engine.feed()];
    subscriber.send({ kind: 'snapshot', snapshot: this.#picture.snapshot(), feed });
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#flush();
    }, STATE_TICK_MS);
  }

  #flush(): void {
    const reading = new ReadOnce(this.#engine);
    this.#reading = reading;
    for (const subscriber of this.#subscribers) {
      if (!subscriber.started) continue;
      if (subscriber.isHeld) subscriber.isDue = true;
      else this.#sendChanges(subscriber, reading);
    }
    this.#reading = null;
  }

  #sendChanges(subscriber: Subscriber, engine: ReadEngine): void {
    const body = subscriber.pending.take(engine, this.#picture.readOnly);
    if (body !== null) subscriber.send(body);
  }

  #release(subscriber: Subscriber): void {
    subscriber.isHeld = false;
    if (!subscriber.isDue) return;
    subscriber.isDue = false;
    this.#sendChanges(subscriber, this.#engine);
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#engineSubscription?.dispose();
    this.#engineSubscription = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}

/** For all subscribers of one tick each session is read once, unless the engine told of more meanwhile. */
class ReadOnce implements ReadEngine {
  readonly #engine: EnginePort;
  readonly #sessions = new Map<string, SessionSnapshot | null>();

  constructor(engine: EnginePort) {
    this.#engine = engine;
  }

  session(name: string): SessionSnapshot | null {
    let session = this.#sessions.get(name);
    if (session === undefined) {
      session = this.#engine.session(name);
      this.#sessions.set(name, session);
    }
    return session;
  }

  accelerators(): readonly AcceleratorSnapshot[] {
    return this.#engine.accelerators();
  }

  forget(): void {
    this.#sessions.clear();
  }
}
