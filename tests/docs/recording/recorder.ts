/**
 * Stands between a front-end and a back-end on a real socket and passes every message and fd on, both channels, while
 * it writes down who said what.
 */
import type { Io, Listener, Stream } from '../../../main/addon/surface.ts';
import type { ChannelFrame } from '../../../main/channel/frame-reader.ts';
import { MessageChannel } from '../../../main/channel/message-channel.ts';
import { encodeFrame } from '../../../main/wire/header.ts';
import type { Dialect } from '../../../main/wire/dialect.ts';
import { FRONTEND } from '../../../main/wire/table/frontend.ts';
import { describeMessage } from './describe-message.ts';

export type Side = 'front-end' | 'back-end';

export type Recorded =
  | { readonly kind: 'message'; readonly from: Side; readonly isReply: boolean; readonly text: string }
  | { readonly kind: 'note'; readonly side: Side; readonly text: string };

const other = (side: Side): Side => (side === 'front-end' ? 'back-end' : 'front-end');

export class Recorder {
  readonly #io: Io;
  readonly #dialect: Dialect;
  readonly #listener: Listener;
  readonly #target: string;
  readonly #channels = new Set<MessageChannel>();
  readonly #looks = new Set<() => void>();
  #rows: Recorded[] = [];
  /** What the back-end asked while its requests are held; null: they pass at once. */
  #held: (() => void)[] | null = null;

  /** Listens on `place` and connects to the back-end at `target` for each front-end that comes. */
  constructor(io: Io, place: string, target: string, dialect: Dialect) {
    this.#io = io;
    this.#target = target;
    this.#dialect = dialect;
    const listener = io.listen(place, 0o600);
    if (!listener.ok) throw new Error(listener.error.message);
    this.#listener = listener.value;
    this.#listener.onConnection((stream) => this.#join(stream));
  }

  /** What was said since the last call. */
  take(): readonly Recorded[] {
    return this.#rows.splice(0);
  }

  note(side: Side, text: string): void {
    this.#write({ kind: 'note', side, text });
  }

  /** Resolves when so many rows since the last `take` begin with this text. */
  until(text: string, times = 1): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.#rows.filter((row) => row.text.startsWith(text)).length < times) return;
        this.#looks.delete(look);
        resolve();
      };
      this.#looks.add(look);
      look();
    });
  }

  /** Requests of the back-end wait until `release`: two channels have no order, and a page needs one. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const pass of held) pass();
  }

  close(): void {
    this.#listener.close();
    for (const channel of this.#channels) channel.close();
  }

  #write(row: Recorded): void {
    this.#rows.push(row);
    for (const look of [...this.#looks]) look();
  }

  #join(frontEnd: Stream): void {
    const backEnd = this.#io.connect(this.#target);
    if (!backEnd.ok) throw new Error(backEnd.error.message);
    this.#relay(frontEnd, backEnd.value, 'front-end');
  }

  /** `asks`: the side that makes the requests on this channel. */
  #relay(frontEnd: Stream, backEnd: Stream, asks: Side): void {
    const channels: Record<Side, MessageChannel> = {
      'front-end': this.#channel(
        frontEnd,
        (frame) => pass('front-end', frame),
        () => end('front-end'),
      ),
      'back-end': this.#channel(
        backEnd,
        (frame) => fromBackEnd(frame),
        () => end('back-end'),
      ),
    };
    const pass = (from: Side, frame: ChannelFrame): void => {
      const { header, body } = frame;
      const text = describeMessage(asks, frame, this.#dialect);
      this.#write({ kind: 'message', from, isReply: header.isReply, text });
      const kind = header.isReply ? 'reply' : header.needReply ? 'request-needing-reply' : 'request';
      const fds = asks === 'front-end' ? this.#exchanged(frame) : frame.fds;
      channels[other(from)].send(encodeFrame(header.request, kind, body), fds);
    };
    const fromBackEnd = (frame: ChannelFrame): void => {
      if (asks === 'back-end' && this.#held !== null) this.#held.push(() => pass('back-end', frame));
      else pass('back-end', frame);
    };
    const end = (side: Side): void => {
      if (asks === 'front-end') this.note(side, 'closes the connection');
      channels[other(side)].close();
    };
  }

  #channel(stream: Stream, onMessage: (frame: ChannelFrame) => void, onClosed: () => void): MessageChannel {
    const channel = new MessageChannel(stream, { onMessage, onClosed });
    this.#channels.add(channel);
    return channel;
  }

  /** The socket of the back-end channel is taken, and one of ours goes on in its place. */
  #exchanged({ header, fds }: ChannelFrame): ChannelFrame['fds'] {
    const [fd] = fds;
    if (header.request !== FRONTEND.SET_BACKEND_REQ_FD.id || header.isReply || fd === undefined) return fds;
    const pair = this.#io.streamPair();
    const frontEnd = this.#io.streamFromFd(fd);
    if (!pair.ok || !frontEnd.ok) throw new Error('the back-end channel cannot be joined');
    this.#relay(frontEnd.value, pair.value.stream, 'back-end');
    return [pair.value.fd];
  }
}
