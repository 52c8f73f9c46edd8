/**
 * Standard output for a process that must not wait: lines that nobody reads are dropped above a limit and
 * counted, and the reader is told how many it missed.
 */
import type { Writable } from 'node:stream';

const LIMIT_BYTES = 4 * 1024 * 1024;
/** The last lines of an ending process are worth this wait, not more. */
const FLUSH_MS = 200;

export class LineOutput {
  readonly #stream: Writable;
  readonly #missed: (count: number) => string;
  #dropped = 0;

  /** `missed` makes the line that tells of dropped ones. */
  constructor(stream: Writable, missed: (count: number) => string) {
    this.#stream = stream;
    this.#missed = missed;
    // A reader that went away is no reason to end: the engine serves virtual machines, not this pipe.
    stream.on('error', () => undefined);
  }

  write(line: string): void {
    if (this.#stream.destroyed) return;
    if (this.#stream.writableLength > LIMIT_BYTES) {
      this.#dropped++;
      return;
    }
    if (this.#dropped > 0) {
      const dropped = this.#dropped;
      this.#dropped = 0;
      this.#stream.write(`${this.#missed(dropped)}\n`);
    }
    this.#stream.write(`${line}\n`);
  }

  /** Resolves when everything was taken, or soon. */
  flush(): Promise<void> {
    if (this.#stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, FLUSH_MS);
      this.#stream.write('', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }
}
