/** Waits between attempts to connect: 0.1 s at first, doubled up to 5 s, begun anew after a success. */
const FIRST_MS = 100;
const LONGEST_MS = 5000;

export class BackOff {
  #next = FIRST_MS;

  /** How long to wait before the next attempt, milliseconds. */
  take(): number {
    const wait = this.#next;
    this.#next = Math.min(this.#next * 2, LONGEST_MS);
    return wait;
  }

  reset(): void {
    this.#next = FIRST_MS;
  }
}
