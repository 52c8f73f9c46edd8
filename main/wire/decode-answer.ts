/**
 * Answers, as the side that asked decodes them. An answer carries its request's number and nothing else that
 * could tell it from another, so one that does not fit the oldest open question ends the connection.
 */
import { err, ok, type Result } from '../base/result.ts';
import type { Frame } from './decode.ts';
import { describeSize, sizeAllows } from './payload/codec.ts';
import { u64 } from './payload/u64.ts';
import { FRONTEND } from './table/frontend.ts';
import { REPLIES, type FrontendReplies, type ReplyName } from './table/replies.ts';
import type { WireError } from './wire-error.ts';

/**
 * The explicit reply to `name`. `refused` is the empty reply by which some requests (GET_CONFIG) are told no.
 */
export type Answer<Payload> =
  { readonly kind: 'reply'; readonly payload: Payload } | { readonly kind: 'refused' };

export function decodeReply<Name extends ReplyName>(
  name: Name,
  frame: Frame,
): Result<Answer<FrontendReplies[Name]>, WireError> {
  const row = FRONTEND[name];
  const { payload, maxFds } = REPLIES[name];
  const outOfPlace = checkPlace(row.id, frame);
  if (outOfPlace !== null) return err(outOfPlace);
  if (frame.fdCount > maxFds) return mismatch(row.id, `${frame.fdCount} fds, at most ${maxFds} expected`);
  const canBeEmpty = row.reply.kind !== 'ack' && row.reply.refusal === 'empty';
  if (canBeEmpty && frame.body.byteLength === 0) return ok({ kind: 'refused' });
  if (!sizeAllows(payload.size, frame.body))
    return mismatch(row.id, `${frame.body.byteLength} bytes, expected ${describeSize(payload.size)}`);
  const value = payload.decode(frame.body);
  return value.ok ? ok({ kind: 'reply', payload: value.value }) : mismatch(row.id, value.error.message);
}

/** The explicit reply to a request whose reply has no payload that anybody specified. */
export function decodePlace(name: ReplyName, frame: Frame): Result<void, WireError> {
  const outOfPlace = checkPlace(FRONTEND[name].id, frame);
  return outOfPlace === null ? ok(undefined) : err(outOfPlace);
}

/** The acknowledgement of request `id`, on either channel: 0 is success. */
export function decodeAck(id: number, frame: Frame): Result<bigint, WireError> {
  const outOfPlace = checkPlace(id, frame);
  if (outOfPlace !== null) return err(outOfPlace);
  if (frame.fdCount !== 0) return mismatch(id, `${frame.fdCount} fds with an acknowledgement`);
  if (!sizeAllows(u64.size, frame.body))
    return mismatch(id, `${frame.body.byteLength} bytes, expected ${describeSize(u64.size)}`);
  const value = u64.decode(frame.body);
  return value.ok ? value : mismatch(id, value.error.message);
}

function checkPlace(id: number, { header }: Frame): WireError | null {
  if (!header.isReply) return { kind: 'direction', request: header.request, expected: 'reply' };
  if (header.request === id) return null;
  return { kind: 'reply-mismatch', request: header.request, message: `came where ${id} was to be answered` };
}

function mismatch(request: number, message: string): Result<never, WireError> {
  return err({ kind: 'reply-mismatch', request, message });
}
