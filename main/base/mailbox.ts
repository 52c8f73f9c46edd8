/**
 * Delivers messages to one handler, one at a time, in order: a message posted while another is being
 * handled waits for it. This is what makes a pure `step` safe to feed from sockets, timers and commands.
 */
export class Mailbox<T> {
  readonly #handle: (message: T) => void;
  readonly #waiting: T[] = [];
  #running = false;
  #closed = false;

  constructor(handle: (message: T) => void) {
    this.#handle = handle;
  }

  /** After `close` messages are dropped: their addressee no longer exists. */
  post(message: T): void {
    if (this.#closed) return;
    this.#waiting.push(message);
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
        this.#handle(next);
    } finally {
      this.#running = false;
    }
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }
}
