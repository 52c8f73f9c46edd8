/**
 * Requests to the front-end that wait for an answer. Answers carry no id, so they are matched in order of
 * sending; one that came too late still takes its place in that order (design rule 15).
 */
import type { RequestFd } from './effects.ts';
import type { EffectId } from './ids.ts';
import type { Notice, OutstandingRequest, QueueRequest, SessionState } from './state.ts';
import type { Turn } from './turn.ts';

/** Usual answers take 0.1–3 ms; a front-end that is busy for longer is undone and told so. */
export const ANSWER_TIMEOUT_MS = 2000;

/** Sends a request and starts its clock; null where there is no channel. */
export function sendRequest(
  turn: Turn,
  queue: number,
  what: QueueRequest['what'],
  frame: Uint8Array,
  fd: RequestFd | null,
): EffectId | null {
  const { backEnd } = turn.state;
  if (backEnd.kind !== 'open') return null;
  const id = turn.newEffect();
  const timer = turn.newEffect();
  const request = { id, queue, what, timer, timedOut: false };
  turn.patch({ backEnd: { kind: 'open', outstanding: [...backEnd.outstanding, request] } });
  turn.do({ kind: 'send-request', frame, fd });
  turn.do({ kind: 'timer', id: timer, queue, milliseconds: ANSWER_TIMEOUT_MS });
  return id;
}

/** Tells of the device without waiting. The front-end answers where it can be asked to. */
export function sendNotice(turn: Turn, what: Notice['what'], frame: Uint8Array, isAnswered: boolean): void {
  const { backEnd } = turn.state;
  if (backEnd.kind !== 'open') return;
  if (isAnswered)
    turn.patch({ backEnd: { kind: 'open', outstanding: [...backEnd.outstanding, { queue: null, what }] } });
  turn.do({ kind: 'send-request', frame, fd: null });
}

/** The request that the next answer belongs to, taken from the order; null where none is open. */
export function takeAnswered(turn: Turn): OutstandingRequest | null {
  const { backEnd } = turn.state;
  if (backEnd.kind !== 'open') return null;
  const [oldest, ...outstanding] = backEnd.outstanding;
  if (oldest === undefined) return null;
  turn.patch({ backEnd: { kind: 'open', outstanding } });
  return oldest;
}

/** A request's time is over: noted, while its place in the order stays. */
export function noteTimeout(turn: Turn, late: QueueRequest): void {
  const { backEnd } = turn.state;
  if (backEnd.kind !== 'open') return;
  const outstanding = backEnd.outstanding.map((one) => (one === late ? { ...late, timedOut: true } : one));
  turn.patch({ backEnd: { kind: 'open', outstanding } });
}

/** Whether a request of this queue was not answered in its time, and still is not. */
export function hasOverdue(state: SessionState, queue: number): boolean {
  return (
    state.backEnd.kind === 'open' &&
    state.backEnd.outstanding.some((request) => request.queue === queue && request.timedOut)
  );
}

/** The request whose timer this is; null where it was answered before. */
export function findByTimer(state: SessionState, timer: EffectId): QueueRequest | null {
  if (state.backEnd.kind !== 'open') return null;
  return state.backEnd.outstanding.filter(isOfQueue).find((request) => request.timer === timer) ?? null;
}

export function hasOutstanding(state: SessionState, queue: number): boolean {
  return (
    state.backEnd.kind === 'open' && state.backEnd.outstanding.some((request) => request.queue === queue)
  );
}

export const isOfQueue = (request: OutstandingRequest): request is QueueRequest => request.queue !== null;
