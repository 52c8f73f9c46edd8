/**
 * The life of a notify page as the front-end knows it: offered, mapped, withdrawn. Every removal leaves a
 * page behind that the front-end may not have unmapped yet; `hold.ts` waits for that before the next offer.
 */
import { describeAnswer } from '../wire/answer-codes.ts';
import { encodeBackend } from '../wire/encode.ts';
import type { EffectId } from './ids.ts';
import { keepArea } from './kept-area.ts';
import { hasOutstanding, sendRequest } from './outstanding.ts';
import type { Area, QueueRequest, Page, QueueState, Reason } from './state.ts';
import type { Turn } from './turn.ts';

/** The message of this session's dialect: the two have one payload. */
function areaFrame(turn: Turn, index: number, area: Area | null): Uint8Array {
  const name =
    turn.state.config.dialect === 'rfc2018' ? 'VRING_NOTIFY_AREA_MSG' : 'BACKEND_VRING_HOST_NOTIFIER_MSG';
  const payload = { index, noFd: area === null, size: area?.size ?? 0n, offset: area?.offset ?? 0n };
  return encodeBackend(name, payload, true);
}

export function offerPage(turn: Turn, index: number, area: Area): void {
  const { page } = turn.queue(index);
  const frame = areaFrame(turn, index, area);
  const request = sendRequest(turn, index, 'offer', frame, { kind: 'area', area: area.id });
  if (request === null) return;
  const generation = turn.queue(index).generation + 1;
  turn.patchQueue(index, {
    page: { kind: 'offered', area, request, ended: false, resent: page.kind === 'restored' },
    offer: {
      request,
      generation,
      area,
      pageSize: turn.context.pageSize,
      sentAt: turn.now,
      answer: null,
      timedOut: false,
      ended: null,
    },
    generation,
  });
}

/** The generation of the last offer is over, whatever may still be answered about it. */
function endOffer(turn: Turn, index: number): void {
  const { offer } = turn.queue(index);
  if (offer === null || offer.ended !== null) return;
  turn.patchQueue(index, { offer: { ...offer, ended: { at: turn.now, cause: turn.cause } } });
}

/** What to tell of a queue whose ring or connection ends while its page is mapped or offered; null for all others. */
export function endOfGeneration(turn: Turn, { page, generation }: QueueState, by: string): Reason | null {
  if (page.kind !== 'mapped' && page.kind !== 'offered') return null;
  const what = page.kind === 'mapped' ? 'mapping' : 'unanswered offer';
  return turn.reason('generation-ended', `The ${what} of generation ${generation} ended with ${by}`);
}

/** Asks the front-end to unmap. Where it cannot be asked, nobody knows. */
export function withdrawPage(turn: Turn, index: number): void {
  const { page } = turn.queue(index);
  if (page.kind !== 'offered' && page.kind !== 'mapped' && page.kind !== 'restored') return;
  endOffer(turn, index);
  const request = sendRemoval(turn, index, 'removal');
  const ended = page.kind === 'offered' && page.ended;
  if (request === null) {
    const message = 'The back-end request channel is gone, so the page cannot be removed';
    loseTrack(turn, index, { area: page.area, request, ended }, message);
    return;
  }
  turn.patchQueue(index, { page: { kind: 'withdrawing', area: page.area, request, ended } });
}

/** A removal of what is not mapped is answered and changes nothing: it serves as a round trip too. */
export function sendRemoval(turn: Turn, index: number, what: 'removal' | 'round-trip'): EffectId | null {
  return sendRequest(turn, index, what, areaFrame(turn, index, null), null);
}

/**
 * The front-end drops a queue's mapping before it sends GET_VRING_BASE. An offer or a removal that it has not
 * answered is still on its way: what it says later is about a ring that has ended.
 */
export function detachPage(turn: Turn, index: number): void {
  const { page } = turn.queue(index);
  endOffer(turn, index);
  switch (page.kind) {
    case 'none':
      return;
    case 'taken':
      turn.patchQueue(index, { page: { kind: 'none' } });
      turn.do({ kind: 'close-area', area: page.area.id });
      return;
    case 'offered':
      turn.patchQueue(index, { page: { ...page, ended: true } });
      return;
    case 'withdrawing':
      // Where an area outlives the stop, only the answer says that it is gone.
      if (!outlivesStop(turn)) turn.patchQueue(index, { page: { ...page, ended: true } });
      return;
    case 'unconfirmed':
      // The front-end drops what it has mapped, not what it has yet to read from the channel.
      if (!outlivesStop(turn) && mayBeMappedLate(turn.queue(index)))
        turn.patchQueue(index, { page: { ...page, ended: true } });
      else detachMapped(turn, index, page.area);
      return;
    case 'mapped':
    case 'kept':
    case 'restored':
      detachMapped(turn, index, page.area);
      return;
  }
}

function detachMapped(turn: Turn, index: number, area: Area): void {
  if (outlivesStop(turn)) keepArea(turn, index, area);
  else pageGone(turn, index, area);
}

/** Whether an offer that nobody answered may still be carried out, whatever has ended meanwhile. */
const mayBeMappedLate = ({ offer }: QueueState): boolean => offer !== null && offer.answer === null;

const outlivesStop = (turn: Turn): boolean => turn.state.config.dialect === 'rfc2018';

/** The front-end has removed the page, though it may still have to unmap it. */
function pageGone(turn: Turn, index: number, area: Area): void {
  if (turn.state.config.unmapsAtOnce) {
    turn.do({ kind: 'close-area', area: area.id });
    turn.patchQueue(index, { page: { kind: 'none' }, removed: null });
  } else turn.patchQueue(index, { page: { kind: 'none' }, removed: area });
}

type Lost = Omit<Extract<Page, { readonly kind: 'unconfirmed' }>, 'kind'>;

function loseTrack(turn: Turn, index: number, lost: Lost, message: string): void {
  const reason = turn.reason('removal-unanswered', message);
  turn.patchQueue(index, { page: { kind: 'unconfirmed', ...lost }, reason, acknowledged: false });
  turn.log('warn', index, reason.code, reason.message);
}

/** The answer to an offer; one that is no longer wanted changes nothing but what its removal may say. */
export function offerAnswered(turn: Turn, request: QueueRequest, value: bigint): void {
  const index = request.queue;
  const { page, offer } = turn.queue(index);
  if (offer?.request === request.id)
    turn.patchQueue(index, { offer: { ...offer, answer: { value, at: turn.now } } });
  if (page.kind === 'withdrawing') {
    if (value !== 0n && !outlivesStop(turn)) turn.patchQueue(index, { page: { ...page, ended: true } });
    return;
  }
  if (page.kind !== 'offered' || page.request !== request.id) return;
  if (value === 0n && !page.ended) {
    turn.patchQueue(index, { page: { kind: 'mapped', area: page.area, since: turn.now }, reason: null });
    return;
  }
  // An offer that was accepted around GET_VRING_BASE may or may not be mapped: its removal settles it.
  if (value === 0n) return;
  if (page.resent) withdrawPage(turn, index);
  else {
    turn.patchQueue(index, { page: { kind: 'none' } });
    turn.do({ kind: 'close-area', area: page.area.id });
  }
  if (page.ended) return;
  const answer = describeAnswer(value, turn.state.config.dialect === 'rfc2018');
  const reason = turn.reason(
    'page-refused',
    `The front-end refused to map the notify page (${answer}); it needs page-per-vq and a page of the host's size`,
  );
  turn.patchQueue(index, { settled: 'relay', reason, acknowledged: false });
  turn.log('warn', index, reason.code, reason.message);
}

export function removalAnswered(turn: Turn, request: QueueRequest, value: bigint): void {
  const index = request.queue;
  const { page } = turn.queue(index);
  if (page.kind !== 'withdrawing' && page.kind !== 'unconfirmed') return;
  if (page.request !== request.id) return;
  const { area, ended } = page;
  // It refuses what has ended: what was mapped until then is gone.
  if (value === 0n || ended) pageGone(turn, index, area);
  else {
    const message = `The front-end refused to remove the notify page (answer ${value})`;
    loseTrack(turn, index, { area, request: null, ended }, message);
  }
}

/** A request's time is over. Its place in the order of answers stays. */
export function requestTimedOut(turn: Turn, request: QueueRequest): void {
  const index = request.queue;
  const { page, offer } = turn.queue(index);
  if (offer?.request === request.id) turn.patchQueue(index, { offer: { ...offer, timedOut: true } });
  if (page.kind === 'offered' && page.request === request.id) {
    const reason = turn.reason(
      'page-unanswered',
      'The front-end did not answer the offer of the notify page',
    );
    turn.patchQueue(index, { settled: 'relay', reason, acknowledged: false });
    turn.log('warn', index, reason.code, reason.message);
  } else if (page.kind === 'withdrawing' && page.request === request.id) {
    const message = 'The front-end did not answer the removal of the notify page';
    loseTrack(turn, index, { area: page.area, request: request.id, ended: page.ended }, message);
  }
}

/** The channel is gone: what was offered on it stays unknown, what is mapped stays mapped. */
export function requestLost(turn: Turn, request: QueueRequest): void {
  const index = request.queue;
  const { page } = turn.queue(index);
  if ((page.kind === 'offered' || page.kind === 'withdrawing') && page.request === request.id) {
    const lost = { area: page.area, request: null, ended: page.ended };
    loseTrack(turn, index, lost, 'The back-end request channel ended before the answer');
  }
}

/** Whether a new offer of this queue would follow requests that the front-end has not answered. */
export const awaitsAnswers = (turn: Turn, index: number): boolean => hasOutstanding(turn.state, index);
