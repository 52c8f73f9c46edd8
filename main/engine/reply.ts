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

/** Takes one frame in. What is to be said about it is left in `owed` for `settleReply`. */
export function receive(turn: Turn, frame: Frame): void {
  const before = negotiated(turn.state);
  const decoded = decodeFrontend({ header: frame.header, body: frame.body, fdCount: frame.fdCount }, before);
  if (!decoded.ok) {
    turn.closeFds(frame.fds.map((fd) => fd.id));
    if (decoded.error.kind === 'foreign-dialect')
      endDialect(turn, `it sent ${decoded.error.about.name}, which belongs to another one`);
    answerError(turn, decoded.error);
    return;
  }
  const { message, notes } = decoded.value;
  for (const note of notes) turn.do({ kind: 'bad-message', code: 'noted', message: note });
  const outcome = handleMessage(turn, message, frame.fds);
  if (outcome.kind === 'refused') refuse(turn, message, outcome.field, outcome.message);
  else owe(turn, message, outcome);
}

function owe(turn: Turn, message: FrontendMessage, outcome: Exclude<Outcome, { kind: 'refused' }>): void {
  const { id, name } = FRONTEND[message.name];
  const waiting = outcome.kind === 'later' ? outcome : { waits: [], queues: [], baseOf: null };
  turn.patch({
    owed: {
      name,
      request: id,
      answer: answerTo(turn, message, outcome),
      waits: waiting.waits,
      queues: waiting.queues,
      failed: false,
    },
  });
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

function refuse(turn: Turn, message: FrontendMessage, field: string, text: string): void {
  const about = {
    request: FRONTEND[message.name].id,
    name: message.name,
    refusal: refusalToFrontend(message, negotiated(turn.state)),
  };
  answerError(turn, { kind: 'field', about, field, message: text });
}

function answerError(turn: Turn, error: WireError): void {
  const text = describeWireError(error);
  turn.do({ kind: 'bad-message', code: error.kind, message: text });
  switch (effectOf(error)) {
    case 'close':
      turn.do({ kind: 'close-session', message: text });
      return;
    case 'nack': {
      if (!('about' in error)) return;
      const { request, name, refusal } = error.about;
      const frame = encodeRefusal(request, refusal);
      if (frame === null) return;
      turn.patch({
        owed: { name, request, answer: { kind: 'frame', frame }, waits: [], queues: [], failed: false },
      });
      return;
    }
    case 'ignore':
      return;
  }
}

/** Says what is owed if all that it waits for has come. */
export function settleReply(turn: Turn): Reply {
  const { owed } = turn.state;
  if (owed === null) return { kind: 'none' };
  const ready = owed.waits.length === 0 && owed.queues.every((index) => isRingSettled(turn, index));
  if (!ready) return { kind: 'later' };
  turn.patch({ owed: null });
  const { answer, name } = owed;
  switch (answer.kind) {
    case 'frame':
      return { kind: 'now', frame: answer.frame, name };
    case 'ack':
      return { kind: 'now', frame: encodeAck(owed.request, owed.failed ? 1n : 0n), name };
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
