/**
 * Requests and what a conforming back-end answers to them. Every reply is held to what the specification says of all
 * replies: the request's number, flags of exactly 0x5, the size of its payload.
 */
import type { Fd } from '../addon/surface.ts';
import { ok } from '../base/result.ts';
import { decodeReply } from '../wire/decode-answer.ts';
import type { Frame } from '../wire/decode.ts';
import { FRONTEND, type FrontendName, type FrontendPayloads } from '../wire/table/frontend.ts';
import type { FrontendReplies, ReplyName } from '../wire/table/replies.ts';
import { describeWireError } from '../wire/wire-error.ts';
import { requestName } from './capture.ts';
import type { Came, Link, RawMessage } from './link.ts';
import { fail, type Step } from './verdict.ts';
import { ANSWER_MS } from './wait.ts';

export const VERSION = 1;
export const NEED_REPLY = 8;
/** Version 1 and the reply bit, nothing else. */
export const REPLY_FLAGS = 5;

export interface Reply {
  readonly request: number;
  readonly body: Uint8Array;
  readonly fds: readonly Fd[];
}

/** What became of a request that ought to be refused. */
export type Refused = 'refused' | 'accepted' | 'closed';

export class Talk {
  readonly link: Link;
  /** REPLY_ACK is negotiated. */
  acknowledges = false;

  constructor(link: Link) {
    this.link = link;
  }

  raw(message: Partial<RawMessage> & { readonly request: number }, fds: readonly Fd[] = []): void {
    this.link.send({ flags: VERSION, body: new Uint8Array(0), ...message }, fds);
  }

  send<Name extends FrontendName>(
    name: Name,
    payload: FrontendPayloads[Name],
    fds: readonly Fd[] = [],
    flags = VERSION,
  ): void {
    const { id, payload: codec } = FRONTEND[name];
    this.link.send({ request: id, flags, body: codec.encode(payload) }, fds);
  }

  /** The next message, which has to be the reply to `request`; after one too many, what was due is waited for. */
  async reply(request: number, ms = ANSWER_MS): Promise<Step<Reply>> {
    const came = await this.link.next(ms);
    const judged = judge(came, request, ms);
    if (judged.ok || came.kind !== 'message' || came.request === request) return judged;
    const due = await this.link.next(ms);
    if (due.kind === 'message') for (const fd of due.fds) fd.close();
    return judged;
  }

  /** Asks for an explicit reply; fds that come with it are in `fds`, the caller's. */
  async ask<Name extends ReplyName>(
    name: Name,
    payload: FrontendPayloads[Name],
    flags = VERSION,
  ): Promise<Step<{ readonly value: FrontendReplies[Name]; readonly fds: readonly Fd[] }>> {
    this.send(name, payload, [], flags);
    const reply = await this.reply(FRONTEND[name].id);
    if (!reply.ok) return reply;
    const { body, fds } = reply.value;
    const decoded = decodeReply(name, asFrame(reply.value));
    if (decoded.ok && decoded.value.kind === 'reply') return ok({ value: decoded.value.payload, fds });
    for (const fd of fds) fd.close();
    if (decoded.ok) return fail(`${name} was answered without a payload, which says that it failed`);
    return fail(`${name} was answered with ${body.byteLength} bytes: ${describeWireError(decoded.error)}`);
  }

  /** The u64 acknowledgement of `request`. */
  async acknowledgement(request: number): Promise<Step<bigint>> {
    const reply = await this.reply(request);
    if (!reply.ok) return reply;
    const { body, fds } = reply.value;
    for (const fd of fds) fd.close();
    if (body.byteLength !== 8)
      return fail(`The acknowledgement of ${requestName(request)} has ${body.byteLength} bytes, not 8`);
    return ok(new DataView(body.buffer, body.byteOffset).getBigUint64(0, true));
  }

  /** Sends a request that has to be carried out: acknowledged with 0, or without REPLY_ACK survived. */
  async must<Name extends FrontendName>(
    name: Name,
    payload: FrontendPayloads[Name],
    fds: readonly Fd[] = [],
  ): Promise<Step<void>> {
    this.send(name, payload, fds, this.acknowledges ? VERSION | NEED_REPLY : VERSION);
    if (!this.acknowledges) return this.barrier();
    const ack = await this.acknowledgement(FRONTEND[name].id);
    if (!ack.ok) return ack;
    return ack.value === 0n
      ? ok(undefined)
      : fail(`${name} was refused with ${ack.value}, it has to succeed`);
  }

  /**
   * Sends a request that ought not to be carried out, asking for an acknowledgement where that is negotiated. Without
   * REPLY_ACK nothing tells `accepted` from ignored, and it counts as refused.
   */
  async refusal(
    message: Partial<RawMessage> & { readonly request: number },
    fds: readonly Fd[] = [],
  ): Promise<Step<Refused>> {
    this.raw({ flags: this.acknowledges ? VERSION | NEED_REPLY : VERSION, ...message }, fds);
    if (!this.acknowledges) {
      const alive = await this.barrierOrEnd();
      return alive.ok ? ok(alive.value === 'alive' ? 'refused' : 'closed') : alive;
    }
    const came = await this.link.next(ANSWER_MS);
    if (came.kind === 'closed') return ok('closed');
    const reply = judge(came, message.request, ANSWER_MS);
    if (!reply.ok) return reply;
    const { body } = reply.value;
    if (body.byteLength !== 8)
      return fail(`${requestName(message.request)} was answered with ${body.byteLength} bytes, not 8`);
    return ok(
      new DataView(body.buffer, body.byteOffset).getBigUint64(0, true) === 0n ? 'accepted' : 'refused',
    );
  }

  /** GET_FEATURES as a front-end without REPLY_ACK uses it: everything before it has been handled. */
  async barrier(): Promise<Step<void>> {
    const features = await this.ask('GET_FEATURES', null);
    return features.ok ? ok(undefined) : features;
  }

  /** As `barrier`, where the end of the connection is an answer too. */
  async barrierOrEnd(): Promise<Step<'alive' | 'closed'>> {
    this.send('GET_FEATURES', null);
    const came = await this.link.next(ANSWER_MS);
    if (came.kind === 'closed') return ok('closed');
    const reply = judge(came, FRONTEND.GET_FEATURES.id, ANSWER_MS);
    return reply.ok ? ok('alive') : reply;
  }
}

/** What the specification says of every reply. */
function judge(came: Came, request: number, ms: number): Step<Reply> {
  const name = requestName(request);
  switch (came.kind) {
    case 'silence':
      return fail(`No reply to ${name} came within ${ms} ms`);
    case 'closed':
      return fail(`The connection was closed where a reply to ${name} was due`);
    case 'oversized':
      return fail(`A message came whose header claims ${came.size} bytes`);
    case 'message':
      break;
  }
  if (came.request === request && came.flags === REPLY_FLAGS) return ok(came);
  for (const fd of came.fds) fd.close();
  return came.request === request
    ? fail(`The reply to ${name} has the flags 0x${came.flags.toString(16)}, not 0x5`)
    : fail(`${requestName(came.request)} was answered where a reply to ${name} was due`);
}

const asFrame = ({ request, body, fds }: Reply): Frame => ({
  header: { request, isReply: true, needReply: false, size: body.byteLength },
  body,
  fdCount: fds.length,
});
