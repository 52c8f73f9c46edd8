/**
 * Whole messages with their fds, both ways, on one connected socket. Shared by the back-end's sessions and by
 * the reference front-end.
 *
 * While a reply is owed the receiver pauses it: no further message is delivered, and at most one is read
 * ahead. Reading that one ahead is what lets the end of the connection be seen while paused, as a peer that
 * waits for an answer has sent nothing else.
 */
import type { Fd, NativeError, Stream } from '../addon/surface.ts';
import type { WireError } from '../wire/wire-error.ts';
import { FrameReader, type ChannelFrame } from './frame-reader.ts';
import { closeAll, Outbox } from './outbox.ts';

/** Why a channel ended without being told to. */
export type ChannelEnd =
  | { readonly kind: 'ended'; readonly midMessage: boolean }
  | { readonly kind: 'failed'; readonly error: NativeError }
  | { readonly kind: 'framing'; readonly error: WireError }
  /** The peer did not read what we sent. */
  | { readonly kind: 'overflow' };

export interface ChannelListener {
  /** The listener owns the frame's fds. */
  onMessage(frame: ChannelFrame): void;
  /** At most once, and never after `close()`. Everything is closed when it is called. */
  onClosed(reason: ChannelEnd): void;
}

/** Messages delivered per wake-up; a peer that never stops talking must not keep others waiting. */
const MESSAGES_PER_TURN = 32;

export class MessageChannel {
  readonly #stream: Stream;
  readonly #listener: ChannelListener;
  readonly #reader: FrameReader;
  readonly #outbox: Outbox;
  #ahead: ChannelFrame | null = null;
  #paused = false;
  #listening = false;
  #closed = false;
  /** Delivering now: a resume from inside the listener is picked up by the loop that called it. */
  #delivering = false;

  /** Takes the stream and begins to read it. The listener is never called from inside this constructor. */
  constructor(stream: Stream, listener: ChannelListener) {
    this.#stream = stream;
    this.#listener = listener;
    this.#reader = new FrameReader(stream);
    this.#outbox = new Outbox(stream);
    this.#listen();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Process behind the socket; null where the kernel does not tell or the channel is closed. */
  peer(): ReturnType<Stream['peer']> {
    return this.#closed ? null : this.#stream.peer();
  }

  /** Sends one message, taking its fds: they are closed once they went, or when the channel ends. */
  send(bytes: Uint8Array, fds: readonly Fd[] = []): void {
    if (this.#closed) {
      closeAll(fds);
      return;
    }
    const wasIdle = this.#outbox.queuedBytes === 0;
    if (!this.#outbox.add(bytes, fds)) this.#end({ kind: 'overflow' });
    else if (wasIdle) this.#flush();
  }

  /** No message is delivered until `resume`; the end of the connection still is. */
  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#closed || this.#delivering) return;
    // Not delivered from inside this call: the caller is in the middle of answering.
    if (this.#ahead !== null) queueMicrotask(() => this.#turn());
    this.#listen();
  }

  /** Closes the socket, and every fd that is queued or not yet delivered. `onClosed` is not called. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stream.onReadable(null);
    this.#stream.onWritable(null);
    this.#reader.drop();
    this.#outbox.drop();
    if (this.#ahead !== null) closeAll(this.#ahead.fds);
    this.#ahead = null;
    this.#stream.close();
  }

  #end(reason: ChannelEnd): void {
    this.close();
    this.#listener.onClosed(reason);
  }

  #turn(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let delivered = 0; delivered < MESSAGES_PER_TURN; delivered++) if (!this.#step()) break;
    } finally {
      this.#delivering = false;
    }
    this.#listen();
  }

  /** Reads or delivers one message; false when there is nothing more to do now. */
  #step(): boolean {
    if (this.#closed) return false;
    if (this.#ahead === null) {
      const outcome = this.#reader.read();
      if (outcome.kind === 'would-block') return false;
      if (outcome.kind !== 'message') {
        this.#end(outcome.kind === 'end' ? { kind: 'ended', midMessage: outcome.midMessage } : outcome);
        return false;
      }
      this.#ahead = outcome.frame;
    }
    if (this.#paused) return false;
    const frame = this.#ahead;
    this.#ahead = null;
    this.#listener.onMessage(frame);
    return true;
  }

  /** Readable events are wanted unless a message already waits behind the pause. */
  #listen(): void {
    if (this.#closed) return;
    const wanted = !(this.#paused && this.#ahead !== null);
    if (wanted === this.#listening) return;
    this.#listening = wanted;
    this.#stream.onReadable(wanted ? () => this.#turn() : null);
  }

  #flush(): void {
    const outcome = this.#outbox.flush();
    if (outcome.kind === 'failed') this.#end(outcome);
    else this.#stream.onWritable(outcome.kind === 'blocked' ? () => this.#flush() : null);
  }
}
