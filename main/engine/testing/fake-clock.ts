import { disposable, type Disposable } from '../../base/disposable.ts';
import type { Clock } from '../ports.ts';

/** Time that moves only when told to. */
export class FakeClock implements Clock {
  #now = 1_700_000_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(milliseconds: number, action: () => void): Disposable {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.add(timer);
    return disposable(() => this.#timers.delete(timer));
  }

  /** Timers that have not fired. */
  get waiting(): number {
    return this.#timers.size;
  }

  /** Fires what is due by then, earliest first, each at its own time. */
  advance(milliseconds: number): void {
    const until = this.#now + milliseconds;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = until;
  }
}
