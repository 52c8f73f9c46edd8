/**
 * Messages on their way to a peer that may not read. Each is taken by the kernel in one or more pieces; its
 * fds go with its first byte and are closed as soon as they went, or when the outbox is dropped.
 *
 * Bounded: a peer that stops reading while we still have things to say is given up.
 */
import type { Fd, NativeError, Stream } from '../addon/surface.ts';

/** Far more than every answer and request that can be open at once: 512 queues × one 36-byte request. */
export const MAX_QUEUED_BYTES = 64 * 1024;

export type FlushOutcome =
  | { readonly kind: 'sent' }
  /** The kernel takes no more now: go on when the stream is writable. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'failed'; readonly error: NativeError };

interface Pending {
  bytes: Uint8Array;
  fds: readonly Fd[];
}

export class Outbox {
  readonly #stream: Stream;
  readonly #pending: Pending[] = [];
  #bytes = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  get queuedBytes(): number {
    return this.#bytes;
  }

  /** Takes the fds. False when the bound is reached: nothing was queued and the fds are closed. */
  add(bytes: Uint8Array, fds: readonly Fd[]): boolean {
    if (this.#bytes + bytes.byteLength > MAX_QUEUED_BYTES) {
      closeAll(fds);
      return false;
    }
    this.#pending.push({ bytes, fds });
    this.#bytes += bytes.byteLength;
    return true;
  }

  flush(): FlushOutcome {
    for (let next = this.#pending[0]; next !== undefined; next = this.#pending[0]) {
      const taken = this.#stream.send(next.bytes, next.fds);
      if (!taken.ok) return { kind: 'failed', error: taken.error };
      if (taken.value === 0) return { kind: 'blocked' };
      this.#bytes -= taken.value;
      closeAll(next.fds);
      next.fds = [];
      next.bytes = next.bytes.subarray(taken.value);
      if (next.bytes.byteLength > 0) return { kind: 'blocked' };
      this.#pending.shift();
    }
    return { kind: 'sent' };
  }

  /** Closes the fds of everything that did not go. */
  drop(): void {
    for (const { fds } of this.#pending.splice(0)) closeAll(fds);
    this.#bytes = 0;
  }
}

export function closeAll(fds: readonly Fd[]): void {
  for (const fd of fds) fd.close();
}
