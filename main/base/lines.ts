/**
 * Cuts a stream of text into lines, however it was split or coalesced on its way. A line longer than the
 * limit ends the stream: whoever sends one does not speak our protocol, and must not fill our memory.
 */
export class LineSplitter {
  readonly #limit: number;
  #rest = '';
  #overflowed = false;

  /** `limit` in UTF-16 units, without the line feed. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The stream held a longer line; everything after it is dropped. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** The lines that `text` completes, without their line feeds; empty ones are left out. */
  push(text: string): readonly string[] {
    if (this.#overflowed) return [];
    const pieces = text.split('\n');
    pieces[0] = this.#rest + (pieces[0] ?? '');
    this.#rest = pieces.pop() ?? '';
    if (this.#rest.length > this.#limit || pieces.some((line) => line.length > this.#limit)) {
      this.#overflowed = true;
      this.#rest = '';
      return [];
    }
    return pieces.filter((line) => line !== '');
  }
}
