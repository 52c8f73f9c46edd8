/**
 * From frame to reply: decoding in the order of the table, the handler, and what the front-end is told. The
 * effect of each kind of error is declared by the wire layer; a refusal for reasons of state is one of its
 * field errors.
 */
import { assertNever } from '../base/assert-never.ts';
import { decodeFrontend } from '../wire/decode.ts';
import { encodeAck, encodeRefusal, owedToFrontend, refusalToFrontend } from '../wire/encode.ts';
import type { Negotiated } from '../wire/negotiated.ts';
import { FRONTEND, type FrontendMessage, type FrontendRow } from '../wire/table/frontend.ts';
import { describeWireError, effectOf, type WireError } from '../wire/wire-error.ts';
import type { SessionEvent } from './events.ts';
import type { Outcome } from './messages/outcome.ts';
import { endDialect } from './group.ts';
import { handleMessage } from './messages/handle.ts';
import { vringBaseReply } from './messages/vring.ts';
import { isRingSettled } from './rings.ts';
import type { OwedReply, SessionState } from './state.ts';
import type { Turn } from './turn.ts';

/** `later`: the front-end waits; nothing is read from its socket until a step says `now`. */
export type Reply =
  | { readonly kind: 'none' }
  | { readonly kind: 'now'; readonly frame: Uint8Array; readonly name: string }
  | { readonly kind: 'later' };

type Frame = Extract<SessionEvent, { readonly kind: 'frame' }>;

export const negotiated = (state: SessionState): Negotiated => ({
  dialect: state.config.dialect,
  virtioOffered: state.config.offeredFeatures,
  virtioAcked: state.ackedFeatures ?? 0n,
  protocolAcked: state.ackedProtocol ?? 0n,
});

/** Takes one frame in and says what there is to say of it; `later` is left in `owed` for `settleReply`. */
export function receive(turn: Turn, frame: Frame): Reply {
  const decoded = decodeFrontend(frame, negotiated(turn.state));
  if (!decoded.ok) {
    turn.closeFds(frame.fds.map((fd) => fd.id));
    if (decoded.error.kind === 'foreign-dialect')
      endDialect(turn, `it sent ${decoded.error.about.name}, which belongs to another one`);
    return answerError(turn, decoded.error);
  }
  const { message, notes } = decoded.value;
  for (const note of notes) turn.do({ kind: 'bad-message', code: 'noted', message: note });
  const outcome = handleMessage(turn, message, frame.fds);
  if (outcome.kind === 'refused') return refuse(turn, message, outcome.field, outcome.message);
  const { id: request, name } = FRONTEND[message.name];
  const answer = answerTo(turn, message, outcome);
  if (outcome.kind !== 'later') return say(turn, { request, name, answer, failed: false });
  turn.owe({ request, name, answer, waits: outcome.waits, queues: outcome.queues, failed: false });
  return { kind: 'later' };
}

function answerTo(
  turn: Turn,
  message: FrontendMessage,
  outcome: Exclude<Outcome, { kind: 'refused' }>,
): OwedReply['answer'] {
  if (outcome.kind === 'reply') return { kind: 'frame', frame: outcome.frame };
  if (outcome.kind === 'later' && outcome.frame !== undefined) return { kind: 'frame', frame: outcome.frame };
  if (outcome.kind === 'later' && outcome.baseOf !== null) return { kind: 'base', queue: outcome.baseOf };
  // REPLY_ACK counts from the message that negotiates it on. An explicit reply without a frame of its own is a u64.
  return { kind: owedToFrontend(message, negotiated(turn.state)) === 'none' ? 'silence' : 'ack' };
}

function refuse(turn: Turn, message: FrontendMessage, field: string, text: string): Reply {
  const about = {
    request: FRONTEND[message.name].id,
    name: message.name,
    refusal: refusalToFrontend(message, negotiated(turn.state)),
  };
  return answerError(turn, { kind: 'field', about, field, message: text });
}

function answerError(turn: Turn, error: WireError): Reply {
  const text = describeWireError(error);
  turn.do({ kind: 'bad-message', code: error.kind, message: text });
  switch (effectOf(error)) {
    case 'close':
      turn.do({ kind: 'close-session', message: text });
      return { kind: 'none' };
    case 'nack': {
      if (!('about' in error)) return { kind: 'none' };
      const { request, name, refusal } = error.about;
      const frame = encodeRefusal(request, refusal);
      return frame === null ? { kind: 'none' } : { kind: 'now', frame, name };
    }
    case 'ignore':
      return { kind: 'none' };
  }
}

/** Says what is owed if all that it waits for has come. */
export function settleReply(turn: Turn, owed: OwedReply): Reply {
  const ready = owed.waits.length === 0 && owed.queues.every((index) => isRingSettled(turn, index));
  if (!ready) return { kind: 'later' };
  turn.owe(null);
  return say(turn, owed);
}

function say(turn: Turn, { request, name, answer, failed }: Omit<OwedReply, 'waits' | 'queues'>): Reply {
  switch (answer.kind) {
    case 'frame':
      return { kind: 'now', frame: answer.frame, name };
    case 'ack':
      return { kind: 'now', frame: encodeAck(request, failed ? 1n : 0n), name };
    case 'base':
      return { kind: 'now', frame: vringBaseReply(turn.state, turn.queue(answer.queue)), name };
    case 'silence':
      return { kind: 'none' };
  }
}

/** What moves things in a step, as transitions name it. */
export function causeOf(event: SessionEvent): string {
  switch (event.kind) {
    case 'frame':
      return frontendName(event.header.request);
    case 'done':
      return event.report.of;
    case 'answer':
      return `answer ${event.value}`;
    case 'set-desired':
      return `request ${event.request}: ${event.desired}`;
    case 'cancel':
      return `request ${event.request}: cancel`;
    case 'back-end-lost':
    case 'missed':
    case 'acknowledge':
    case 'device-fault':
    case 'accelerator-changed':
    case 'sampled':
    case 'end':
    case 'disconnected':
      return event.kind;
    default:
      return assertNever(event);
  }
}

const names = new Map(Object.values<FrontendRow>(FRONTEND).map((row) => [row.id, row.name]));
const frontendName = (request: number): string => names.get(request) ?? `request ${request}`;
