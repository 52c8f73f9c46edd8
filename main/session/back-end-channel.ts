/**
 * The socket of SET_BACKEND_REQ_FD: our requests out, the front-end's acknowledgements in. Answers are handed
 * on in the order in which they come; matching them is the state machine's.
 */
import type { Io } from '../addon/surface.ts';
import { ok, type Result } from '../base/result.ts';
import { MessageChannel, type ChannelEnd } from '../channel/message-channel.ts';
import type { BackEndLink, OwnedFd, PortError } from '../engine/ports.ts';
import type { BackEndListener } from '../engine/session-ports.ts';
import { decodeAck } from '../wire/decode-answer.ts';
import { decodeHeader, HEADER_BYTES } from '../wire/header.ts';
import { describeWireError } from '../wire/wire-error.ts';

export function describeChannelEnd(reason: ChannelEnd): string {
  switch (reason.kind) {
    case 'ended':
      return reason.midMessage ? 'the peer closed it in the middle of a message' : 'the peer closed it';
    case 'failed':
      return reason.error.message;
    case 'framing':
      return describeWireError(reason.error);
    case 'overflow':
      return 'the peer does not read';
  }
}

/** What passes on the channel, for the trace; `request` as numbered in the table of this dialect. */
export interface ChannelTap {
  sent(request: number, bytes: Uint8Array, fds: number): void;
  received(request: number, bytes: Uint8Array, fds: number): void;
}

/** Consumes the fd, also on failure. */
export function openBackEndChannel(
  io: Io,
  fd: OwnedFd,
  listener: BackEndListener,
  tap: ChannelTap,
): Result<BackEndLink, PortError> {
  const stream = io.streamFromFd(fd);
  if (!stream.ok) return stream;
  /** Numbers of the requests that were not answered, oldest first: answers come in this order. */
  const asked: number[] = [];
  const channel = new MessageChannel(stream.value, {
    onMessage: (frame) => {
      for (const stray of frame.fds) stray.close();
      tap.received(frame.header.request, frame.body, frame.fdCount);
      // One that nothing asked for is the state machine's to judge.
      const answer = decodeAck(asked.shift() ?? frame.header.request, frame);
      if (answer.ok) {
        listener.onAnswer(answer.value);
        return;
      }
      channel.close();
      listener.onLost(describeWireError(answer.error));
    },
    onClosed: (reason) => listener.onLost(describeChannelEnd(reason)),
  });
  return ok({
    send: (frame, fds) => {
      const copies: OwnedFd[] = [];
      for (const one of fds) {
        const copy = one.duplicate();
        if (copy.ok) copies.push(copy.value);
      }
      if (copies.length < fds.length) {
        for (const copy of copies) copy.close();
        channel.close();
        listener.onLost('an fd to send could not be duplicated');
        return;
      }
      const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
      if (header.ok) {
        if (header.value.needReply) asked.push(header.value.request);
        tap.sent(header.value.request, frame, copies.length);
      }
      channel.send(frame, copies);
    },
    close: () => channel.close(),
  });
}
