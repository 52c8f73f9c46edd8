/**
 * The state topic: a snapshot, then whole changed records, numbered without gaps for each subscriber. One
 * engine subscription and at most one running timer serve them all; without subscribers there is neither.
 */
import type { FeedEntry, StateEvent } from '../../app/contract/events.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import { PendingChanges, type EnginePicture } from './picture.ts';
import type { EnginePort } from './port.ts';

/** About one frame of a 60 Hz display: what happens within it is seen together anyway. */
export const STATE_TICK_MS = 16;

type Listener = (event: StateEvent) => void;

/** A state event before it is numbered. */
type Unnumbered<E> = E extends StateEvent ? Omit<E, 'seq'> : never;

class Subscriber {
  readonly #listener: Listener;
  #seq = 0;
  /** Nothing is sent before the snapshot. */
  started = false;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  send(event: Unnumbered<StateEvent>): void {
    this.#listener({ ...event, seq: this.#seq++ });
  }
}

export class StateTopic {
  readonly #engine: EnginePort;
  readonly #picture: EnginePicture;
  readonly #pending = new PendingChanges();
  readonly #subscribers = new Set<Subscriber>();
  #engineSubscription: Disposable | null = null;
  #timer: NodeJS.Timeout | null = null;

  constructor(engine: EnginePort, picture: EnginePicture) {
    this.#engine = engine;
    this.#picture = picture;
  }

  /** The snapshot comes soon, never within this call. */
  subscribe(listener: Listener): Disposable & { resync(): void } {
    const subscriber = new Subscriber(listener);
    this.#subscribers.add(subscriber);
    this.#engineSubscription ??= this.#engine.onChange((change) => {
      this.#pending.add(change);
      this.#schedule();
    });
    const resync = (): void => this.#sendSnapshot(subscriber);
    queueMicrotask(resync);
    return { ...disposable(() => this.#leave(subscriber)), resync };
  }

  readOnlyChanged(): void {
    if (this.#subscribers.size === 0) return;
    this.#pending.addReadOnly();
    this.#schedule();
  }

  #sendSnapshot(subscriber: Subscriber): void {
    if (!this.#subscribers.has(subscriber)) return;
    // What is pending is in the snapshot already: nobody shall hear a line of the feed twice.
    this.#flush();
    subscriber.started = true;
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
    const body = this.#pending.take(this.#engine, this.#picture.readOnly);
    if (body === null) return;
    for (const subscriber of this.#subscribers) if (subscriber.started) subscriber.send(body);
  }

  #leave(subscriber: Subscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0) return;
    this.#engineSubscription?.dispose();
    this.#engineSubscription = null;
    this.#pending.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
