/**
 * rfc2018: the group of a queue's accelerator as the front-end knows it. It goes before the accelerator takes
 * the ring and is deleted last, in reverse. The first one of a session is the probe: a front-end that refuses it
 * does not speak the dialect, and nothing more of it is sent.
 */
import type { ReasonCode } from '../../app/contract/words.ts';
import { describeAnswer } from '../wire/answer-codes.ts';
import { encodeBackend } from '../wire/encode.ts';
import type { RequestFd } from './effects.ts';
import type { EffectId } from './ids.ts';
import { sendRequest } from './outstanding.ts';
import type { QueueRequest, QueueState, SessionState } from './state.ts';
import type { Turn } from './turn.ts';

const NOT_SPOKEN = 'The front-end does not speak the rfc2018 dialect';

/** Whether the front-end was told of this accelerator's group since the ring started, or need not be. */
export function hasGroup(state: SessionState, queue: QueueState, accelerator: string): boolean {
  if (state.config.dialect === 'upstream') return true;
  const { group } = queue;
  return group.kind === 'sent' && group.current && group.accelerator === accelerator;
}

/** Sends the group, in place of what was sent before; nothing while an answer or the probe is waited for. */
export function sendGroup(turn: Turn, index: number, accelerator: string): void {
  const { speaksDialect, queues } = turn.state;
  const { group } = turn.queue(index);
  if (group.kind === 'sending' || group.kind === 'withdrawing') return;
  if (speaksDialect === null && queues.some((queue) => queue.group.kind === 'sending')) return;
  const known = turn.context.accelerators.find((one) => one.id === accelerator)?.hasGroup ?? false;
  const request = send(turn, index, 'group', known ? { kind: 'group', accelerator } : null);
  if (request === null) return;
  const resent = group.kind !== 'none';
  turn.patchQueue(index, { group: { kind: 'sending', accelerator, request, current: true, resent } });
}

/** Deletes what the front-end was sent, or may have been. */
export function withdrawGroup(turn: Turn, index: number): void {
  const { group } = turn.queue(index);
  if (group.kind !== 'sending' && group.kind !== 'sent') return;
  const { accelerator } = group;
  const request = send(turn, index, 'group-removal', null);
  turn.patchQueue(index, {
    group:
      request === null
        ? { kind: 'unconfirmed', accelerator, request }
        : { kind: 'withdrawing', accelerator, request },
  });
}

function send(
  turn: Turn,
  index: number,
  what: 'group' | 'group-removal',
  fd: RequestFd | null,
): EffectId | null {
  const frame = encodeBackend('VRING_VFIO_GROUP_MSG', { index, noFd: fd === null }, true);
  return sendRequest(turn, index, what, frame, fd);
}

/** GET_VRING_BASE: a reset of the device, which the front-end does not tell apart, drops the group. */
export function endGroup(turn: Turn, index: number): void {
  const { group } = turn.queue(index);
  if (group.kind === 'sent' || group.kind === 'sending')
    turn.patchQueue(index, { group: { ...group, current: false } });
}

/** The answer to a group; one that is no longer wanted changes nothing but what is known of the front-end. */
export function groupAnswered(turn: Turn, request: QueueRequest, value: bigint): void {
  const index = request.queue;
  const isProbe = turn.state.speaksDialect === null;
  if (isProbe && value === 0n) turn.patch({ speaksDialect: true });
  const { group } = turn.queue(index);
  const isCurrent = group.kind === 'sending' && group.request === request.id;
  if (value === 0n) {
    if (!isCurrent) return;
    const { accelerator, current } = group;
    turn.patchQueue(index, { group: { kind: 'sent', accelerator, current } });
    return;
  }
  if (isProbe) endDialect(turn, `it refused the first group of the session (${describeAnswer(value, true)})`);
  if (!isCurrent) return;
  if (group.resent) withdrawGroup(turn, index);
  else turn.patchQueue(index, { group: { kind: 'none' } });
  if (turn.state.speaksDialect !== false)
    fallBack(
      turn,
      index,
      'group-refused',
      `The front-end refused the group (${describeAnswer(value, true)})`,
    );
}

export function groupRemovalAnswered(turn: Turn, request: QueueRequest, value: bigint): void {
  const index = request.queue;
  const { group } = turn.queue(index);
  if (group.kind !== 'withdrawing' && group.kind !== 'unconfirmed') return;
  if (group.request !== request.id) return;
  if (value === 0n) {
    turn.patchQueue(index, { group: { kind: 'none' } });
    return;
  }
  const { accelerator } = group;
  turn.patchQueue(index, { group: { kind: 'unconfirmed', accelerator, request: null } });
  const answer = describeAnswer(value, true);
  turn.log('warn', index, 'group-unanswered', `The front-end refused to delete the group (${answer})`);
}

/** A request's time is over. What was sent may have been taken: it is deleted. */
export function groupTimedOut(turn: Turn, request: QueueRequest): void {
  const index = request.queue;
  const { group } = turn.queue(index);
  if (group.kind === 'sending' && group.request === request.id) {
    fallBack(turn, index, 'group-unanswered', 'The front-end did not answer the group');
    withdrawGroup(turn, index);
  } else if (group.kind === 'withdrawing' && group.request === request.id) {
    const { accelerator } = group;
    turn.patchQueue(index, { group: { kind: 'unconfirmed', accelerator, request: request.id } });
    const message = 'The front-end did not answer the deletion of the group';
    turn.log('warn', index, 'group-unanswered', message);
  }
}

/** The channel is gone: what was asked on it stays unknown, what was sent stays sent. */
export function groupLost(turn: Turn, request: QueueRequest): void {
  const index = request.queue;
  const { group } = turn.queue(index);
  if (group.kind !== 'sending' && group.kind !== 'withdrawing') return;
  if (group.request !== request.id) return;
  const { accelerator } = group;
  turn.patchQueue(index, { group: { kind: 'unconfirmed', accelerator, request: null } });
  if (group.kind === 'sending')
    fallBack(
      turn,
      index,
      'no-backend-channel',
      'The back-end request channel ended before the group was answered',
    );
}

/** The front-end speaks something else: everything goes back to software and is not tried again. */
export function endDialect(turn: Turn, because: string): void {
  if (turn.state.config.dialect === 'upstream' || turn.state.speaksDialect === false) return;
  turn.patch({ speaksDialect: false });
  turn.log('warn', null, 'dialect-unsupported', `${NOT_SPOKEN}: ${because}`);
  for (const { index, desired, owner } of turn.state.queues)
    if (desired === 'accelerated' && owner.kind !== 'nobody') refuseDialect(turn, index);
}

/** Leaves the queue in software for as long as the session lasts. */
export function refuseDialect(turn: Turn, index: number): void {
  const reason = turn.reason('dialect-unsupported', NOT_SPOKEN);
  turn.patchQueue(index, { settled: 'software', reason, acknowledged: false });
}

function fallBack(turn: Turn, index: number, code: ReasonCode, message: string): void {
  const reason = turn.reason(code, message);
  turn.patchQueue(index, { settled: 'software', reason, acknowledged: false });
  turn.log('warn', index, code, message);
}
