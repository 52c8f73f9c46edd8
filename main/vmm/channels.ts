/** The two sockets of a connection: ours, and the one on which the back-end asks. */
import type { Fd, Io, NativeResult, Stream } from '../addon/surface.ts';
import type { ChannelFrame } from '../channel/frame-reader.ts';
import { MessageChannel, type ChannelEnd } from '../channel/message-channel.ts';
import { closeAll } from '../channel/outbox.ts';
import { describeWireError } from '../wire/wire-error.ts';
import type { VmmInput } from './effects.ts';
import type { FdTable } from './fd-table.ts';
import type { FdSource, PlannedRequest } from './request.ts';
import type { SimulatedGuest } from './simulated-guest.ts';

export class Channels {
  readonly #io: Io;
  readonly #fds: FdTable;
  readonly #post: (input: VmmInput) => void;
  #frontend: MessageChannel | null = null;
  #backend: MessageChannel | null = null;

  constructor(io: Io, fds: FdTable, post: (input: VmmInput) => void) {
    this.#io = io;
    this.#fds = fds;
    this.#post = post;
  }

  /** Takes the stream of a new connection. */
  open(stream: Stream): void {
    this.close();
    this.#frontend = new MessageChannel(stream, {
      onMessage: (frame) => {
        closeAll(frame.fds);
        this.#post({ kind: 'answer', frame });
      },
      onClosed: (end) => this.#lost('back-end', end),
    });
  }

  /** Sends a request with the fds that it names. */
  send(request: PlannedRequest, guest: SimulatedGuest): void {
    const fds: Fd[] = [];
    for (const source of request.fds) {
      const fd = this.#resolve(source, guest);
      if (!fd.ok) {
        closeAll(fds);
        this.#post({ kind: 'closed', reason: `${request.name} cannot be sent: ${fd.error.message}` });
        return;
      }
      fds.push(fd.value);
    }
    if (this.#frontend === null) closeAll(fds);
    else this.#frontend.send(request.bytes, fds);
  }

  answer(bytes: Uint8Array): void {
    this.#backend?.send(bytes);
  }

  /** While held, requests of the back-end wait unread. */
  holdBackend(held: boolean): void {
    if (held) this.#backend?.pause();
    else this.#backend?.resume();
  }

  close(): void {
    this.#backend?.close();
    this.#frontend?.close();
    this.#backend = null;
    this.#frontend = null;
  }

  #resolve(source: FdSource, guest: SimulatedGuest): NativeResult<Fd> {
    if (source.kind !== 'backend-channel') return guest.fd(source);
    const pair = this.#io.streamPair();
    if (!pair.ok) return pair;
    this.#backend?.close();
    this.#backend = new MessageChannel(pair.value.stream, {
      onMessage: (frame) => this.#request(frame),
      onClosed: (end) => this.#lost('request channel of the back-end', end),
    });
    return { ok: true, value: pair.value.fd };
  }

  #request({ header, body, fdCount, fds }: ChannelFrame): void {
    const received = fds.map((fd) => ({ identity: fd.identity(), id: this.#fds.add(fd) }));
    this.#post({ kind: 'backend-request', frame: { header, body, fdCount }, fds: received });
  }

  #lost(what: string, end: ChannelEnd): void {
    this.#post({ kind: 'closed', reason: `The ${what} ${describeEnd(end)}` });
  }
}

function describeEnd(end: ChannelEnd): string {
  switch (end.kind) {
    case 'ended':
      return end.midMessage ? 'hung up in the middle of a message' : 'hung up';
    case 'failed':
      return `failed: ${end.error.message}`;
    case 'framing':
      return `sent what is no message: ${describeWireError(end.error)}`;
    case 'overflow':
      return 'does not read what it is sent';
  }
}
