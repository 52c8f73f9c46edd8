/**
 * Cuts a stream into messages by reading a header's worth of bytes and then exactly its body, so that a read
 * never reaches into the next message and its fds:
 *
 *   recvmsg(12)            recvmsg(size)
 *   | header (+ fds) |     | body |        fds with any other byte belong to no message and are closed
 *
 * It holds at most one unfinished message, whose fds it owns until the message is whole.
 */
import type { Fd, NativeError, Received, Stream } from '../addon/surface.ts';
import type { Frame } from '../wire/decode.ts';
import { decodeHeader, HEADER_BYTES, MAX_FDS, type Header } from '../wire/header.ts';
import type { WireError } from '../wire/wire-error.ts';
import { closeAll } from './outbox.ts';

/**
 * One message. The receiver owns the fds. `fdCount` also counts fds that were closed on arrival (too many,
 * or not sent with the header), so that the fd rule of the message refuses it.
 */
export interface ChannelFrame extends Frame {
  readonly fds: readonly Fd[];
}

export type ReadOutcome =
  | { readonly kind: 'message'; readonly frame: ChannelFrame }
  | { readonly kind: 'would-block' }
  | { readonly kind: 'end'; readonly midMessage: boolean }
  | { readonly kind: 'framing'; readonly error: WireError }
  | { readonly kind: 'failed'; readonly error: NativeError };

export class FrameReader {
  readonly #stream: Stream;
  readonly #headerBytes = new Uint8Array(HEADER_BYTES);
  #header: Header | null = null;
  #body = new Uint8Array(0);
  #have = 0;
  #fds: readonly Fd[] = [];
  #lostFds = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  /** Reads until one message is whole or nothing more can be read now. */
  read(): ReadOutcome {
    for (;;) {
      const target = this.#header === null ? this.#headerBytes : this.#body;
      if (this.#have < target.byteLength) {
        const outcome = this.#stream.receive(target.byteLength - this.#have);
        if (outcome.kind === 'would-block') return outcome;
        if (outcome.kind === 'end') return { kind: 'end', midMessage: this.#midMessage() };
        if (outcome.kind === 'error') return { kind: 'failed', error: outcome.error };
        this.#take(outcome.data, target);
        continue;
      }
      if (this.#header === null) {
        const header = decodeHeader(this.#headerBytes);
        if (!header.ok) return { kind: 'framing', error: header.error };
        this.#header = header.value;
        this.#body = new Uint8Array(header.value.size);
        this.#have = 0;
        continue;
      }
      return { kind: 'message', frame: this.#finish(this.#header) };
    }
  }

  /** Closes the fds of an unfinished message. */
  drop(): void {
    closeAll(this.#fds);
    this.#fds = [];
  }

  #take(data: Received, target: Uint8Array): void {
    const startsMessage = this.#header === null && this.#have === 0;
    target.set(data.bytes, this.#have);
    this.#have += data.bytes.byteLength;
    if (data.fdsTruncated) this.#lostFds += MAX_FDS + 1;
    if (startsMessage) {
      this.#fds = data.fds;
    } else {
      this.#lostFds += data.fds.length;
      closeAll(data.fds);
    }
  }

  #finish(header: Header): ChannelFrame {
    const frame = {
      header,
      body: this.#body,
      fds: this.#fds,
      fdCount: this.#fds.length + this.#lostFds,
    };
    this.#header = null;
    this.#body = new Uint8Array(0);
    this.#have = 0;
    this.#fds = [];
    this.#lostFds = 0;
    return frame;
  }

  #midMessage(): boolean {
    return this.#header !== null || this.#have > 0;
  }
}
