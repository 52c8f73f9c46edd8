/**
 * One connection to the back-end under test, as raw as a socket: any bytes and fds go out, and what comes is cut
 * into messages without being judged. `talk.ts` judges.
 */
import type { Fd, Stream } from '../addon/surface.ts';
import type { Capture } from './capture.ts';

const HEADER_BYTES = 12;
/** Beyond any message of the protocol: a size that claims more is no size. */
const MAX_BODY = 0x1_0000;

export type Came =
  | {
      readonly kind: 'message';
      readonly request: number;
      readonly flags: number;
      readonly body: Uint8Array;
      readonly fds: readonly Fd[];
    }
  /** The header claims more bytes than any message has. */
  | { readonly kind: 'oversized'; readonly request: number; readonly size: number }
  | { readonly kind: 'closed' }
  | { readonly kind: 'silence' };

export interface RawMessage {
  readonly request: number;
  readonly flags: number;
  readonly body: Uint8Array;
  /** What the header claims, where it is not the body's size. */
  readonly claimedSize?: number;
}

export function frameOf({ request, flags, body, claimedSize }: RawMessage): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + body.byteLength);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, request, true);
  view.setUint32(4, flags >>> 0, true);
  view.setUint32(8, (claimedSize ?? body.byteLength) >>> 0, true);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

export class Link {
  readonly #stream: Stream;
  readonly #capture: Capture;
  readonly #arrived: Came[] = [];
  readonly #header = new Uint8Array(HEADER_BYTES);
  #body: Uint8Array | null = null;
  #have = 0;
  #fds: Fd[] = [];
  #ended = false;
  #wake: (() => void) | null = null;

  /** Takes the stream. */
  constructor(stream: Stream, capture: Capture) {
    this.#stream = stream;
    this.#capture = capture;
    stream.onReadable(() => this.#read());
  }

  get peer(): ReturnType<Stream['peer']> {
    return this.#ended ? null : this.#stream.peer();
  }

  /** One send of exactly these bytes; the fds go with the first and stay the caller's. */
  sendBytes(bytes: Uint8Array, fds: readonly Fd[] = []): void {
    if (this.#ended) return;
    const sent = this.#stream.send(bytes, fds);
    if (!sent.ok) this.#capture.event(`sending failed: ${sent.error.code}`);
    else if (sent.value < bytes.byteLength)
      this.#capture.event(`the socket took ${sent.value} of ${bytes.byteLength} bytes`);
  }

  send(message: RawMessage, fds: readonly Fd[] = []): void {
    const { request, flags, body } = message;
    this.#capture.message('sent', { request, flags, body, fds: fds.length });
    this.sendBytes(frameOf(message), fds);
  }

  /** The next message, the end of the connection, or silence for `ms`. The caller owns the fds. */
  async next(ms: number): Promise<Came> {
    if (this.#arrived.length === 0 && !this.#ended)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    this.#wake = null;
    const came = this.#arrived.shift();
    if (came !== undefined) return came;
    return { kind: this.#ended ? 'closed' : 'silence' };
  }

  close(): void {
    this.#end();
    for (const came of this.#arrived.splice(0))
      if (came.kind === 'message') for (const fd of came.fds) fd.close();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.onReadable(null);
    this.#stream.close();
    for (const fd of this.#fds.splice(0)) fd.close();
    this.#wake?.();
  }

  #read(): void {
    while (!this.#ended) {
      const target = this.#body ?? this.#header;
      if (this.#have === target.byteLength) {
        if (!this.#advance()) return;
        continue;
      }
      const outcome = this.#stream.receive(target.byteLength - this.#have);
      if (outcome.kind === 'would-block') return;
      if (outcome.kind !== 'data') {
        this.#capture.event('the back-end closed the connection');
        this.#end();
        return;
      }
      target.set(outcome.data.bytes, this.#have);
      this.#have += outcome.data.bytes.byteLength;
      this.#fds.push(...outcome.data.fds);
    }
  }

  /** A header or a body is whole; false where nothing sensible can follow. */
  #advance(): boolean {
    const view = new DataView(this.#header.buffer);
    const request = view.getUint32(0, true);
    const flags = view.getUint32(4, true);
    const size = view.getUint32(8, true);
    this.#have = 0;
    if (this.#body === null && size > MAX_BODY) {
      this.#capture.event(`a header came that claims ${size} bytes`);
      this.#deliver({ kind: 'oversized', request, size });
      this.#stream.onReadable(null);
      return false;
    }
    if (this.#body === null) {
      this.#body = new Uint8Array(size);
      return true;
    }
    const body = this.#body;
    this.#body = null;
    const fds = this.#fds.splice(0);
    this.#capture.message('came', { request, flags, body, fds: fds.length });
    this.#deliver({ kind: 'message', request, flags, body, fds });
    return true;
  }

  #deliver(came: Came): void {
    this.#arrived.push(came);
    this.#wake?.();
  }
}
