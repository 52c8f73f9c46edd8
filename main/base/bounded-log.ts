/** The newest entries of something that never ends. Old ones make room; reading gives the oldest first. */
export class BoundedLog<T> {
  readonly #capacity: number;
  readonly #entries: T[] = [];

  /** `capacity` is at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  push(entry: T): void {
    this.#entries.push(entry);
    // Cutting rarely and then by half keeps a push cheap without a ring buffer's arithmetic.
    if (this.#entries.length > this.#capacity * 2)
      this.#entries.splice(0, this.#entries.length - this.#capacity);
  }

  /** At most `capacity` entries. */
  newest(): readonly T[] {
    return this.#entries.slice(-this.#capacity);
  }
}
