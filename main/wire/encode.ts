/** Requests and answers as the bytes of one send; fds that belong to them go with the first byte. */
import { encodeFrame } from './header.ts';
import type { Negotiated } from './negotiated.ts';
import { u64 } from './payload/u64.ts';
import { owedBy, refusalOf, type OwedReply } from './reply-rule.ts';
import { BACKEND, type BackendMessage, type BackendName, type BackendPayloads } from './table/backend.ts';
import {
  FRONTEND,
  type FrontendMessage,
  type FrontendName,
  type FrontendPayloads,
} from './table/frontend.ts';
import { REPLIES, type FrontendReplies, type ReplyName } from './table/replies.ts';
import type { Refusal } from './wire-error.ts';

const requestKind = (needReply: boolean) => (needReply ? 'request-needing-reply' : 'request');

/** A request of a front-end. */
export function encodeFrontend<Name extends FrontendName>(
  name: Name,
  payload: FrontendPayloads[Name],
  needReply = false,
): Uint8Array {
  const row = FRONTEND[name];
  return encodeFrame(row.id, requestKind(needReply), row.payload.encode(payload));
}

/** A request of a back-end. */
export function encodeBackend<Name extends BackendName>(
  name: Name,
  payload: BackendPayloads[Name],
  needReply = false,
): Uint8Array {
  const row = BACKEND[name];
  return encodeFrame(row.id, requestKind(needReply), row.payload.encode(payload));
}

/** The explicit reply to a front-end's request. */
export function encodeReply<Name extends ReplyName>(name: Name, payload: FrontendReplies[Name]): Uint8Array {
  return encodeFrame(FRONTEND[name].id, 'reply', REPLIES[name].payload.encode(payload));
}

/** The u64 acknowledgement of request `id`: 0 is success. */
export function encodeAck(id: number, value: bigint): Uint8Array {
  return encodeFrame(id, 'reply', u64.encode(value));
}

/** Says no to request `id` in the way its row allows; null where nothing may or can be sent. */
export function encodeRefusal(id: number, refusal: Refusal): Uint8Array | null {
  switch (refusal) {
    case 'value':
      return encodeAck(id, 1n);
    case 'empty':
      return encodeFrame(id, 'reply', new Uint8Array(0));
    case 'silent':
    case 'impossible':
      return null;
  }
}

/** What a well-formed request of a front-end is owed. */
export function owedToFrontend(message: FrontendMessage, negotiated: Negotiated): OwedReply {
  return owedBy(FRONTEND[message.name].reply, message.needReply, negotiated);
}

/** What a well-formed request of a back-end is owed. */
export function owedToBackend(message: BackendMessage, negotiated: Negotiated): OwedReply {
  return owedBy(BACKEND[message.name].reply, message.needReply, negotiated);
}

/** How a well-formed request of a front-end can be refused for reasons of state. */
export function refusalToFrontend(message: FrontendMessage, negotiated: Negotiated): Refusal {
  return refusalOf(FRONTEND[message.name].reply, message.needReply, negotiated);
}
