/**
 * Moves rings between engine and accelerator as desired, one step at a time and only while no reply is owed:
 * let the accelerator get ready and start it (kicks are relayed), wait until an earlier page is unmapped, offer the page; and in
 * reverse. Every change passes through relay; the owner never changes while a page may be mapped, except
 * where the front-end's messages force it (`rings.ts`).
 */
import type { Dialect, ReasonCode } from '../../app/contract/words.ts';
import { describeProtocol, hasProtocol, type ProtocolFeature } from '../wire/protocol-features.ts';
import { chooseAccelerator } from './choice.ts';
import type { Report } from './events.ts';
import { hasGroup, refuseDialect, sendGroup, withdrawGroup } from './group.ts';
import { mustHold } from './hold.ts';
import { restoreArea } from './kept-area.ts';
import { cannotLog, noteLogging } from './logging.ts';
import { mayAsk } from './overdue.ts';
import { offerPage, withdrawPage } from './page.ts';
import { forgetPreparation, isPrepared } from './preparation.ts';
import { asReason } from './reasons.ts';
import { takeBack } from './rings.ts';
import type { Area, QueueState, Reason, SessionState } from './state.ts';
import type { Turn } from './turn.ts';
import { beginWrap, endWrap, lookAtWrap, wrapReached } from './wrap.ts';

const UNUSABLE = 'accelerator-unusable';

/** What a page needs: the channel, an fd on it, an answer, and the message itself. */
const PAGE_NEEDS: Readonly<Record<Dialect, readonly ProtocolFeature[]>> = {
  upstream: ['REPLY_ACK', 'BACKEND_REQ', 'BACKEND_SEND_FD', 'HOST_NOTIFIER'],
  rfc2018: ['REPLY_ACK', 'BACKEND_REQ', 'F_VFIO'],
};

/** Whether the queue should be with the accelerator it names, page or not. */
export function staysAccelerated(state: SessionState, queue: QueueState): boolean {
  if (state.ending || queue.desired !== 'accelerated' || !queue.enabled || queue.settled === 'software')
    return false;
  const { owner } = queue;
  return (
    owner.kind !== 'accelerator' || queue.desiredAccelerator === null || queue.desiredAccelerator === owner.id
  );
}

/** Whether a page offered or mapped for the queue is still what is wanted. */
function keepsPage(state: SessionState, queue: QueueState): boolean {
  return queue.owner.kind === 'accelerator' && queue.settled === null && staysAccelerated(state, queue);
}

/** Whether the front-end's earlier mapping is of an accelerator that may still have the ring. */
function keepsRestored(turn: Turn, queue: QueueState, area: Area): boolean {
  const wanted = queue.desiredAccelerator;
  return (
    queue.settled === null &&
    staysAccelerated(turn.state, queue) &&
    !cannotLog(turn, area.accelerator) &&
    (wanted === null || wanted === area.accelerator)
  );
}

/** Asks for the next step of this queue towards its desired state; nothing while one is under way. */
export function advanceAcceleration(turn: Turn, index: number): void {
  const { settled } = turn.queue(index);
  advance(turn, index);
  // What an attempt that just ended short leaves behind is undone at once.
  if (turn.queue(index).settled !== settled) advance(turn, index);
}

function advance(turn: Turn, index: number): void {
  const { state } = turn;
  const queue = turn.queue(index);
  if (queue.op !== null) return;
  switch (queue.page.kind) {
    case 'mapped':
      if (!keepsPage(state, queue)) withdrawPage(turn, index);
      return;
    case 'offered':
      if (queue.page.ended || !keepsPage(state, queue)) withdrawPage(turn, index);
      return;
    case 'withdrawing':
    case 'unconfirmed':
      return;
    case 'taken':
      if (!keepsPage(state, queue)) dropPage(turn, index);
      else if (mayAsk(turn, index) && !mustHold(turn, index)) offerPage(turn, index, queue.page.area);
      return;
    case 'none':
      advanceOwner(turn, index);
      return;
    case 'kept':
      if (queue.owner.kind === 'nobody') return;
      restoreArea(turn, index);
      advance(turn, index);
      return;
    case 'restored':
      if (queue.owner.kind === 'nobody') return;
      if (keepsRestored(turn, queue, queue.page.area)) advanceOwner(turn, index);
      else withdrawPage(turn, index);
      return;
  }
}

function advanceOwner(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const stays = staysAccelerated(turn.state, queue);
  switch (queue.owner.kind) {
    case 'nobody':
      return;
    case 'engine':
      if (!stays || queue.settled !== null) {
        endWrap(turn, index);
        forgetPreparation(turn, index);
        withdrawGroup(turn, index);
      } else if (mayAsk(turn, index)) handOver(turn, index);
      return;
    case 'accelerator':
      if (!stays) takeBack(turn, index);
      else if (queue.settled !== null) withdrawGroup(turn, index);
      else if (hasGroup(turn.state, queue, queue.owner.id)) takePage(turn, index);
      else if (mayAsk(turn, index)) sendGroup(turn, index, queue.owner.id);
      return;
  }
}

/** A page that was never shown to the front-end goes back. */
export function dropPage(turn: Turn, index: number): void {
  const { page } = turn.queue(index);
  if (page.kind !== 'taken') return;
  turn.patchQueue(index, { page: { kind: 'none' }, hold: null });
  turn.do({ kind: 'close-area', area: page.area.id });
  advanceOwner(turn, index);
}

function settle(turn: Turn, index: number, settled: 'software' | 'relay', reason: Reason): void {
  turn.patchQueue(index, { settled, reason, acknowledged: false });
  turn.log('warn', index, reason.code, reason.message);
}

function settleWith(
  turn: Turn,
  index: number,
  settled: 'software' | 'relay',
  code: ReasonCode,
  message: string,
): void {
  settle(turn, index, settled, turn.reason(code, message));
}

function handOver(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const { state } = turn;
  if (state.speaksDialect === false) {
    endWrap(turn, index);
    refuseDialect(turn, index);
    return;
  }
  const choice = chooseAccelerator(turn, queue);
  if (choice.kind === 'unusable') {
    awaitUsable(turn, index, choice.message);
    return;
  }
  if (queue.reason?.code === UNUSABLE) turn.patchQueue(index, { reason: null, acknowledged: false });
  if (choice.kind === 'unfit') {
    staysInSoftware(turn, index, choice);
    return;
  }
  // A group goes by the same way as a page.
  const noGroup = state.config.dialect === 'rfc2018' ? whyNoPage(state) : null;
  if (noGroup !== null) {
    staysInSoftware(turn, index, noGroup);
    return;
  }
  const { id, restoreIndex } = choice.accelerator;
  if (cannotLog(turn, id)) {
    endWrap(turn, index);
    noteLogging(turn, index, id);
    return;
  }
  if (queue.wrap !== null && queue.wrap.accelerator !== id) endWrap(turn, index);
  if (!hasGroup(state, queue, id)) {
    sendGroup(turn, index, id);
    return;
  }
  if (!isPrepared(turn, index, choice.accelerator)) return;
  if (restoreIndex === 'zero-only' && turn.queue(index).wrap?.remaining !== 0) {
    if (turn.queue(index).wrap !== null) return;
    beginWrap(turn, index, id);
    lookAtWrap(turn, index);
    return;
  }
  const effect = turn.newEffect();
  turn.patchQueue(index, { op: { kind: 'handover-to', effect, accelerator: id } });
  turn.do({ kind: 'handover-to', id: effect, queue: index, accelerator: id });
}

/** The engine serves on. The next look is when the accelerator says that something about it changed. */
function awaitUsable(turn: Turn, index: number, message: string): void {
  endWrap(turn, index);
  forgetPreparation(turn, index);
  if (turn.queue(index).reason?.message === message) return;
  turn.patchQueue(index, { reason: turn.reason(UNUSABLE, message), acknowledged: false });
  turn.log('warn', index, UNUSABLE, message);
}

interface Problem {
  readonly code: ReasonCode;
  readonly message: string;
}

function staysInSoftware(turn: Turn, index: number, { code, message }: Problem): void {
  endWrap(turn, index);
  settleWith(turn, index, 'software', code, message);
}

/** Whether the front-end can be asked to map a page at all. */
function whyNoPage(state: SessionState): Problem | null {
  const acked = state.ackedProtocol ?? 0n;
  const missing = PAGE_NEEDS[state.config.dialect].filter((feature) => !hasProtocol(acked, feature));
  if (missing.length > 0) {
    const names = missing.map(describeProtocol).join(', ');
    const message = `The front-end did not negotiate ${names}, so no page was offered`;
    return { code: 'bit-not-negotiated', message };
  }
  if (state.backEnd.kind === 'open') return null;
  const message = 'The front-end has no back-end request channel open, so no page was offered';
  return { code: 'no-backend-channel', message };
}

function takePage(turn: Turn, index: number): void {
  const problem = whyNoPage(turn.state);
  if (problem !== null) {
    settleWith(turn, index, 'relay', problem.code, problem.message);
    return;
  }
  const { page } = turn.queue(index);
  if (page.kind === 'restored') {
    if (mayAsk(turn, index)) offerPage(turn, index, page.area);
    return;
  }
  const effect = turn.newEffect();
  turn.patchQueue(index, { op: { kind: 'take-area', effect } });
  turn.do({ kind: 'take-area', id: effect, queue: index });
}

/** Records that the accelerator got ready for the ring, or why it cannot. */
export function preparationReported(turn: Turn, { queue: index, result }: PreparationReport): void {
  const { preparation } = turn.queue(index);
  if (preparation === null) return;
  if (result.ok) {
    turn.patchQueue(index, { preparation: { ...preparation, effect: null } });
    return;
  }
  endWrap(turn, index);
  forgetPreparation(turn, index);
  settle(turn, index, 'software', asReason(turn, result.error, 'accelerator-failed'));
}

type PreparationReport = Extract<Report, { readonly of: 'prepare' }>;
type OwnerReport = Extract<Report, { readonly of: 'handover-to' | 'handover-back' | 'take-area' }>;

/** Records how a step between engine and accelerator ended. */
export function ownerReported(turn: Turn, report: OwnerReport): void {
  const index = report.queue;
  const { op, desired } = turn.queue(index);
  turn.patchQueue(index, { op: null });
  if (report.of === 'take-area') {
    areaTaken(turn, index, report);
    return;
  }
  const { result } = report;
  if (report.of === 'handover-back') {
    // The ring is the engine's even where the device could not say how it stopped: the engine looks again.
    if (!result.ok) turn.log('error', index, result.error.code, result.error.message);
    turn.patchQueue(index, { owner: { kind: 'engine' } });
    const { reason } = turn.queue(index);
    if (desired === 'software' && reason?.code !== 'cancelled') turn.patchQueue(index, { reason: null });
    if (result.ok) turn.patchQueue(index, { blackoutNs: result.value.blackoutNs });
  } else if (result.ok && op?.kind === 'handover-to') {
    wrapReached(turn, index);
    turn.patchQueue(index, {
      owner: { kind: 'accelerator', id: op.accelerator },
      blackoutNs: result.value.blackoutNs,
    });
  } else if (!result.ok) {
    endWrap(turn, index);
    settle(turn, index, 'software', asReason(turn, result.error, 'accelerator-failed'));
  }
}

/** Checked against the host's page before it is sent: an invalid page never leaves (design rule 13). */
function areaTaken(
  turn: Turn,
  index: number,
  report: Extract<OwnerReport, { readonly of: 'take-area' }>,
): void {
  if (!report.result.ok) {
    settle(turn, index, 'relay', asReason(turn, report.result.error, 'page-not-offered'));
    return;
  }
  const { pageSize } = turn.context;
  const area = report.result.value;
  if (area.size === pageSize && area.offset % pageSize === 0n) {
    turn.patchQueue(index, { page: { kind: 'taken', area } });
    return;
  }
  turn.do({ kind: 'close-area', area: area.id });
  const message = `The accelerator's page has size ${area.size} at offset ${area.offset}; the host's page size is ${pageSize}`;
  settleWith(turn, index, 'relay', 'page-invalid', message);
}
