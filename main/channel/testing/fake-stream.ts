/**
 * A socket without a kernel, with the same promises: fds arrive with the byte that they were sent with, a
 * receive ends at bytes that carry other fds, events are level-triggered. `pump` is the event loop.
 */
import type { Fd, NativeResult, ReceiveOutcome, Stream } from '../../addon/surface.ts';

interface Chunk {
  bytes: Uint8Array;
  fds: readonly Fd[];
  truncated: boolean;
}

export class FakeStream implements Stream {
  readonly sent: { readonly bytes: Uint8Array; readonly fds: number }[] = [];
  /** Bytes that the kernel still takes; Infinity for a peer that reads. */
  room = Infinity;
  /** The next send fails with this code. */
  sendError: string | null = null;
  closes = 0;
  readonly #incoming: Chunk[] = [];
  #ended = false;
  #receiveError: string | null = null;
  #readable: (() => void) | null = null;
  #writable: (() => void) | null = null;

  get closed(): boolean {
    return this.closes > 0;
  }

  get listening(): boolean {
    return this.#readable !== null;
  }

  /** The peer sends. */
  push(bytes: Uint8Array, fds: readonly Fd[] = [], truncated = false): this {
    this.#incoming.push({ bytes, fds, truncated });
    return this;
  }

  /** The peer hangs up after what it sent. */
  end(): this {
    this.#ended = true;
    return this;
  }

  failReceive(code: string): this {
    this.#receiveError = code;
    return this;
  }

  /** Delivers events until nobody listens for what there is. */
  pump(): void {
    for (let turns = 0; turns < 10_000; turns++) {
      const hasInput = this.#incoming.length > 0 || this.#ended || this.#receiveError !== null;
      if (!this.closed && this.#readable !== null && hasInput) this.#readable();
      else if (!this.closed && this.#writable !== null && this.room > 0) this.#writable();
      else return;
    }
    throw new Error('the reader spins: it listens for what it does not read');
  }

  /** All bytes that were sent, in order. */
  sentBytes(): Uint8Array {
    return Uint8Array.from(this.sent.flatMap(({ bytes }) => [...bytes]));
  }

  receive(max: number): ReceiveOutcome {
    const first = this.#incoming[0];
    if (first === undefined) {
      if (this.#receiveError !== null)
        return { kind: 'error', error: { code: this.#receiveError, message: 'receive failed' } };
      return this.#ended ? { kind: 'end' } : { kind: 'would-block' };
    }
    const { fds, truncated } = first;
    first.fds = [];
    first.truncated = false;
    const bytes: number[] = [];
    for (let next: Chunk | undefined = first; next !== undefined; next = this.#incoming[0]) {
      if (next.fds.length > 0 || next.truncated || bytes.length === max) break;
      const taken = next.bytes.subarray(0, max - bytes.length);
      bytes.push(...taken);
      next.bytes = next.bytes.subarray(taken.byteLength);
      if (next.bytes.byteLength > 0) break;
      this.#incoming.shift();
      if (fds.length > 0) break;
    }
    return { kind: 'data', data: { bytes: Uint8Array.from(bytes), fds, fdsTruncated: truncated } };
  }

  send(bytes: Uint8Array, fds: readonly Fd[]): NativeResult<number> {
    if (this.sendError !== null)
      return { ok: false, error: { code: this.sendError, message: 'send failed' } };
    const taken = Math.min(this.room, bytes.byteLength);
    if (taken === 0) return { ok: true, value: 0 };
    this.room -= taken;
    this.sent.push({ bytes: bytes.slice(0, taken), fds: fds.length });
    return { ok: true, value: taken };
  }

  onReadable(listener: (() => void) | null): void {
    this.#readable = listener;
  }

  onWritable(listener: (() => void) | null): void {
    this.#writable = listener;
  }

  peer(): { readonly pid: number; readonly uid: number; readonly gid: number } | null {
    return { pid: 1, uid: 0, gid: 0 };
  }

  close(): void {
    this.closes++;
  }
}
