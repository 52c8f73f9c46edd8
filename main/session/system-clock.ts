import { disposable } from '../base/disposable.ts';
import type { Clock } from '../engine/ports.ts';

/** The system's clock, made monotonic: a clock that is set back must not make ages negative. */
export class SystemClock implements Clock {
  readonly #startedAt = Date.now();
  readonly #origin = performance.now();

  now(): number {
    return this.#startedAt + (performance.now() - this.#origin);
  }

  after(milliseconds: number, action: () => void) {
    const timer = setTimeout(action, milliseconds);
    return disposable(() => clearTimeout(timer));
  }
}
