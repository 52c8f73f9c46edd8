/**
 * The counters topic: one plain number array per tick and client, only for the queues that the client asked
 * for. While nobody asks, no timer runs and the event loop's delay is not measured.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CountersEvent, QueueRef } from '../../app/contract/events.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import type { EnginePort } from './port.ts';

/** 20 Hz: enough for a number to feel live, slow enough to read. */
export const COUNTERS_TICK_MS = 50;
/** Finer than a tick, so that each tick has a few samples of the delay. */
const DELAY_RESOLUTION_MS = 5;
const NS_PER_MS = 1e6;

export interface CountersSubscriber {
  readonly queues: readonly QueueRef[];
  listener(event: CountersEvent): void;
}

/** What the counters topic needs of time; a test has its own. */
export interface LoopDelay {
  start(): void;
  stop(): void;
  /** 99th percentile since the last call, milliseconds. */
  takeP99(): number;
}

export function measuredLoopDelay(): LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  return {
    start: () => void histogram.enable(),
    stop: () => {
      histogram.disable();
      histogram.reset();
    },
    takeP99: () => {
      const p99 = histogram.count === 0 ? 0 : histogram.percentile(99) / NS_PER_MS;
      histogram.reset();
      // The histogram holds intervals between its own ticks: the delay is what exceeds the resolution.
      return Math.max(0, p99 - DELAY_RESOLUTION_MS);
    },
  };
}

export class CountersTopic {
  readonly #engine: EnginePort;
  readonly #delay: LoopDelay;
  readonly #subscribers = new Set<CountersSubscriber>();
  #timer: NodeJS.Timeout | null = null;

  constructor(engine: EnginePort, delay: LoopDelay) {
    this.#engine = engine;
    this.#delay = delay;
  }

  /** The first tick comes one interval later. An empty list of queues is not a subscription: do not pass it. */
  subscribe(subscriber: CountersSubscriber): Disposable {
    this.#subscribers.add(subscriber);
    if (this.#timer === null) {
      this.#delay.start();
      this.#timer = setInterval(() => this.#tick(), COUNTERS_TICK_MS);
    }
    return disposable(() => this.#leave(subscriber));
  }

  #tick(): void {
    const at = Date.now();
    const loopDelayMs = this.#delay.takeP99();
    for (const subscriber of this.#subscribers) {
      const queues = [...subscriber.queues];
      subscriber.listener({ at, loopDelayMs, queues, values: [...this.#engine.counters(queues)] });
    }
  }

  #leave(subscriber: CountersSubscriber): void {
    this.#subscribers.delete(subscriber);
    if (this.#subscribers.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
    this.#delay.stop();
  }
}
