/** The back-end request channel: opened by the front-end, answered in order, lost without taking anything along. */
import type { ReceivedFd } from './events.ts';
import { groupAnswered, groupLost, groupRemovalAnswered, groupTimedOut } from './group.ts';
import { roundTripAnswered } from './hold.ts';
import { later, refused, type Outcome } from './messages/outcome.ts';
import { changeAnswered } from './guest-link.ts';
import { missAnswered } from './iommu.ts';
import { findByTimer, isOfQueue, noteTimeout, takeAnswered } from './outstanding.ts';
import type { QueueRequest } from './state.ts';
import { offerAnswered, removalAnswered, requestLost, requestTimedOut } from './page.ts';
import type { EffectId } from './ids.ts';
import type { Turn } from './turn.ts';

/** A second channel replaces the first: what was asked on that one will not be answered. */
export function setBackendReqFd(turn: Turn, fds: readonly ReceivedFd[]): Outcome {
  const [fd] = fds;
  if (fd?.kind !== 'socket') {
    turn.closeFds(fds.map((one) => one.id));
    return refused('fd', 'The fd of the back-end channel is not a socket');
  }
  if (turn.state.backEnd.kind === 'open') loseChannel(turn, 'replaced by a new one');
  const effect = turn.newEffect();
  turn.do({ kind: 'open-back-end', id: effect, fd: fd.id });
  return later([], [effect]);
}

export function channelOpened(
  turn: Turn,
  result:
    | { readonly ok: true }
    | { readonly ok: false; readonly error: { readonly code: string; readonly message: string } },
): void {
  if (turn.state.closed) return;
  if (result.ok)
    turn.patch({
      backEnd: { kind: 'open', outstanding: [] },
      knownLink: { ...turn.state.knownLink, told: false },
    });
  else turn.log('warn', null, result.error.code, result.error.message);
}

/** The answer to the oldest request, whether it is still waited for or not. */
export function answered(turn: Turn, value: bigint): void {
  const request = takeAnswered(turn);
  if (request === null) {
    turn.do({
      kind: 'bad-message',
      code: 'answer',
      message: 'An answer on the back-end channel that nothing asked for',
    });
    loseChannel(turn, 'it answered what was not asked');
    return;
  }
  switch (request.what) {
    case 'offer':
      offerAnswered(turn, request, value);
      return;
    case 'removal':
      removalAnswered(turn, request, value);
      return;
    case 'round-trip':
      roundTripAnswered(turn, request);
      return;
    case 'group':
      groupAnswered(turn, request, value);
      return;
    case 'group-removal':
      groupRemovalAnswered(turn, request, value);
      return;
    case 'miss':
      missAnswered(turn, request, value);
      return;
    case 'access-fail':
      return;
    case 'config-change':
      changeAnswered(turn, value);
      return;
  }
}

/** A request's time is over, unless it was answered before. */
export function timedOut(turn: Turn, timer: EffectId): void {
  const request = findByTimer(turn.state, timer);
  if (request === null) return;
  noteTimeout(turn, request);
  if (isOfGroup(request)) groupTimedOut(turn, request);
  else requestTimedOut(turn, request);
}

const isOfGroup = ({ what }: QueueRequest): boolean => what === 'group' || what === 'group-removal';

export function loseChannel(turn: Turn, message: string): void {
  const { backEnd } = turn.state;
  if (backEnd.kind !== 'open') return;
  turn.patch({ backEnd: { kind: 'lost' } });
  turn.do({ kind: 'close-back-end' });
  turn.log('warn', null, 'no-backend-channel', `The back-end request channel ended: ${message}`);
  for (const request of backEnd.outstanding.filter(isOfQueue))
    if (isOfGroup(request)) groupLost(turn, request);
    else requestLost(turn, request);
}
