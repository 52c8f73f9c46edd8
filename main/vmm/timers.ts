/** One timer per name; starting it again replaces it. */
import type { TimerName } from './effects.ts';

export class Timers {
  readonly #fired: (timer: TimerName) => void;
  readonly #running = new Map<TimerName, NodeJS.Timeout>();

  constructor(fired: (timer: TimerName) => void) {
    this.#fired = fired;
  }

  start(timer: TimerName, milliseconds: number): void {
    this.stop(timer);
    const handle = setTimeout(() => {
      this.#running.delete(timer);
      this.#fired(timer);
    }, milliseconds);
    this.#running.set(timer, handle);
  }

  stop(timer: TimerName): void {
    clearTimeout(this.#running.get(timer));
    this.#running.delete(timer);
  }

  dispose(): void {
    for (const timer of [...this.#running.keys()]) this.stop(timer);
  }
}
