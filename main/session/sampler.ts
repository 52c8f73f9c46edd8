/**
 * Reads counters on a timer, but only while something is unproven or may be contradicted: an engine whose
 * queues all rest costs nothing.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Clock } from '../engine/ports.ts';
import type { SessionRunner } from '../engine/runner.ts';
import type { SessionState } from '../engine/state.ts';

const TICK_MS = 500;
/** While nothing moves, or only what is proven already. */
const IDLE_TICK_MS = 2500;
/** What is proven and mapped may still be contradicted: it is looked at in every so many ticks. */
const RARE_TICKS = 5;
/** Ticks without movement until the pace drops. */
const PATIENCE = 4;

interface Sampled {
  readonly state: SessionState;
  readonly runner: SessionRunner;
}

const isUnproven = ({ queues }: SessionState): boolean =>
  queues.some((queue) => queue.owner.kind !== 'nobody' && queue.evidence < 3);

/** A ring on its way to the index where its accelerator can start: how far it is must be told. */
const isWrapping = ({ queues }: SessionState): boolean => queues.some((queue) => queue.wrap !== null);

const isMapped = ({ queues }: SessionState): boolean => queues.some((queue) => queue.phase === 'mapped');

export class Sampler implements Disposable {
  readonly #clock: Clock;
  readonly #sessions: () => Iterable<Sampled>;
  #timer: Disposable | null = null;
  #ticks = 0;
  #quietTicks = 0;
  #disposed = false;

  constructor(clock: Clock, sessions: () => Iterable<Sampled>) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** Something changed: there may be something to watch now. */
  wake(): void {
    if (this.#quietTicks >= PATIENCE) {
      this.#timer?.dispose();
      this.#timer = null;
    }
    this.#quietTicks = 0;
    this.#arm();
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
    this.#timer = null;
  }

  #arm(): void {
    if (this.#timer !== null || this.#disposed || !this.#hasWork()) return;
    const pace = this.#quietTicks < PATIENCE ? TICK_MS : IDLE_TICK_MS;
    this.#timer = this.#clock.after(pace, () => this.#tick());
  }

  #hasWork(): boolean {
    for (const { state } of this.#sessions())
      if (isUnproven(state) || isWrapping(state) || isMapped(state)) return true;
    return false;
  }

  #tick(): void {
    this.#timer = null;
    this.#ticks++;
    const rare = this.#quietTicks >= PATIENCE || this.#ticks % RARE_TICKS === 0;
    let moved = false;
    for (const { state, runner } of this.#sessions()) {
      const unproven = isUnproven(state) || isWrapping(state);
      if (unproven || (rare && isMapped(state))) moved = (runner.sample() && unproven) || moved;
    }
    this.#quietTicks = moved ? 0 : this.#quietTicks + 1;
    this.#arm();
  }
}
