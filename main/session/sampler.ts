/**
 * Reads counters on a timer, but only while something is unproven or may be contradicted: an engine whose
 * queues all rest costs nothing.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Clock } from '../engine/ports.ts';
import type { SessionRunner } from '../engine/runner.ts';
import type { SessionState } from '../engine/state.ts';

const TICK_MS = 500;
/** What is proven and mapped may still be contradicted; that is looked at more rarely. */
const RARE_TICKS = 4;

interface Sampled {
  readonly state: SessionState;
  readonly runner: SessionRunner;
}

const isUnproven = ({ queues }: SessionState): boolean =>
  queues.some((queue) => queue.owner.kind !== 'nobody' && queue.evidence < 3);

const isMapped = ({ queues }: SessionState): boolean => queues.some((queue) => queue.phase === 'mapped');

export class Sampler implements Disposable {
  readonly #clock: Clock;
  readonly #sessions: () => Iterable<Sampled>;
  #timer: Disposable | null = null;
  #ticks = 0;
  #disposed = false;

  constructor(clock: Clock, sessions: () => Iterable<Sampled>) {
    this.#clock = clock;
    this.#sessions = sessions;
  }

  /** Something changed: there may be something to watch now. */
  wake(): void {
    if (this.#timer !== null || this.#disposed || !this.#hasWork()) return;
    this.#timer = this.#clock.after(TICK_MS, () => this.#tick());
  }

  dispose(): void {
    this.#disposed = true;
    this.#timer?.dispose();
    this.#timer = null;
  }

  #hasWork(): boolean {
    for (const { state } of this.#sessions()) if (isUnproven(state) || isMapped(state)) return true;
    return false;
  }

  #tick(): void {
    this.#timer = null;
    this.#ticks++;
    const rare = this.#ticks % RARE_TICKS === 0;
    for (const { state, runner } of this.#sessions())
      if (isUnproven(state) || (rare && isMapped(state))) runner.sample();
    this.wake();
  }
}
