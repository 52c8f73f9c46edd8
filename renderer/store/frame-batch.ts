/**
 * Gathers events and hands them over once per animation frame, so that 4 000 events a second cost at most one
 * render per frame. A hidden window gets no frames: a timer then keeps the queue short.
 */
export interface FrameClock {
  requestFrame(run: () => void): void;
  /** Runs later even where no frame comes, milliseconds. */
  later(run: () => void, ms: number): void;
  /** Nobody sees the window now. */
  isHidden(): boolean;
}

const HIDDEN_MS = 250;

export class FrameBatch<T> {
  readonly #clock: FrameClock;
  readonly #deliver: (events: readonly T[]) => void;
  #waiting: T[] = [];

  constructor(clock: FrameClock, deliver: (events: readonly T[]) => void) {
    this.#clock = clock;
    this.#deliver = deliver;
  }

  push(event: T): void {
    this.#waiting.push(event);
    if (this.#waiting.length > 1) return;
    // What a frame has taken is no longer its timer's: that would find the next batch and hand it over too early.
    const batch = this.#waiting;
    this.#clock.requestFrame(() => this.#flush(batch));
    this.#flushIfHidden(batch);
  }

  /** A window in sight gets its frame however late: a timer that overtook it would commit twice in the frame before. */
  #flushIfHidden(batch: readonly T[]): void {
    this.#clock.later(() => {
      if (this.#waiting !== batch) return;
      if (this.#clock.isHidden()) this.#flush(batch);
      else this.#flushIfHidden(batch);
    }, HIDDEN_MS);
  }

  #flush(batch: readonly T[]): void {
    if (this.#waiting !== batch) return;
    this.#waiting = [];
    this.#deliver(batch);
  }
}
