/**
 * A guest behind a vIOMMU: with ACCESS_PLATFORM its rings and descriptors hold I/O virtual addresses, and the front-end
 * knows what they mean. The engine asks for what it lacks (IOTLB miss on the back-end channel) and goes on when the
 * translation comes (IOTLB update on the front-end socket); the ring waits meanwhile, alone.
 */
import { encodeBackend } from '../wire/encode.ts';
import { hasVirtio } from '../wire/virtio-features.ts';
import type { Iotlb } from '../wire/payload/iotlb.ts';
import { breakRing } from './break-ring.ts';
import { ANSWER_TIMEOUT_MS, sendRequest } from './outstanding.ts';
import type { TranslationMiss } from './ports.ts';
import type { MissingTranslation, QueueRequest, SessionState } from './state.ts';
import type { Turn } from './turn.ts';

export const isBehindIommu = (state: SessionState): boolean =>
  state.ackedFeatures !== null && hasVirtio(state.ackedFeatures, 'F_ACCESS_PLATFORM');

/** What the ring waits for, as it said now. */
export function missNoted(turn: Turn, index: number, miss: TranslationMiss | null): void {
  const { translation, owner, broken } = turn.queue(index);
  if (miss === null) {
    endWait(turn, index);
    return;
  }
  if (owner.kind !== 'engine' || broken || (translation !== null && isSame(translation, miss))) return;
  endWait(turn, index);
  turn.patchQueue(index, { translation: { ...miss, asked: false, timer: null } });
}

const isSame = (a: TranslationMiss, b: TranslationMiss): boolean =>
  a.iova === b.iova && a.readable === b.readable && a.writable === b.writable;

function endWait(turn: Turn, index: number): void {
  const { translation, reason } = turn.queue(index);
  if (translation === null) return;
  const told = reason?.code === 'iommu-miss-unanswered';
  turn.patchQueue(index, { translation: null, ...(told ? { reason: null, acknowledged: false } : {}) });
}

/** Asks the front-end for what the ring waits for; once. Never while a reply is owed to it (design rule 3). */
export function askForTranslation(turn: Turn, index: number): void {
  const { translation } = turn.queue(index);
  if (translation === null || translation.asked) return;
  const timer = turn.newEffect();
  turn.patchQueue(index, { translation: { ...translation, asked: true, timer } });
  if (sendRequest(turn, index, 'miss', frameOf(translation, 'miss'), null) === null)
    missUnanswered(turn, index);
  else turn.do({ kind: 'timer', id: timer, queue: index, milliseconds: ANSWER_TIMEOUT_MS });
}

function frameOf({ iova, readable, writable }: TranslationMiss, type: Iotlb['type']): Uint8Array {
  const payload = { iova, size: 0n, userAddress: 0n, readable, writable, type };
  return encodeBackend('BACKEND_IOTLB_MSG', payload, true);
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;
const accessOf = ({ readable, writable }: TranslationMiss): string =>
  readable && writable ? 'reading and writing' : writable ? 'writing' : 'reading';

/** It waits on: the translation may still come. */
export function missUnanswered(turn: Turn, index: number): void {
  const { translation } = turn.queue(index);
  if (translation === null) return;
  const what = `the translation of ${hex(translation.iova)} for ${accessOf(translation)}`;
  const message =
    turn.state.backEnd.kind === 'open'
      ? `The front-end was asked for ${what} and sent none; the ring waits`
      : `The ring waits for ${what}, and there is no back-end request channel to ask on`;
  turn.patchQueue(index, { reason: turn.reason('iommu-miss-unanswered', message), acknowledged: false });
  turn.log('warn', index, 'iommu-miss-unanswered', message);
}

/** Zero: the translation was sent, or is on its way on the other socket. Anything else: there is none. */
export function missAnswered(turn: Turn, { queue }: QueueRequest, value: bigint): void {
  const { translation } = turn.queue(queue);
  if (translation === null || value === 0n) return;
  const message = `The front-end has no translation of ${hex(translation.iova)} for ${accessOf(translation)} (answer ${value})`;
  breakRing(turn, queue, { code: 'iommu-translation-refused', message });
}

/**
 * A translation arrived. One that covers what a ring waits for and still does not permit it is an access failure: the
 * front-end is told, and the ring breaks as hardware would fault.
 */
export function translationCame(turn: Turn, { iova, size, readable, writable }: Iotlb): void {
  for (const { index, translation } of turn.state.queues) {
    if (translation === null || translation.iova < iova || translation.iova >= iova + size) continue;
    if (isPermitted(translation, readable, writable)) continue;
    sendRequest(turn, index, 'access-fail', frameOf(translation, 'access-fail'), null);
    const message = `The translation of ${hex(translation.iova)} does not permit ${accessOf(translation)}`;
    breakRing(turn, index, { code: 'iommu-access-denied', message });
  }
}

const isPermitted = (wanted: MissingTranslation, readable: boolean, writable: boolean): boolean =>
  (readable || !wanted.readable) && (writable || !wanted.writable);

/** Asks every ring that waits whether it still does. */
export function readMisses(turn: Turn): void {
  for (const { index, translation } of turn.state.queues)
    if (translation !== null) turn.do({ kind: 'read-miss', id: turn.newEffect(), queue: index });
}

/**
 * A front-end tells of changes only while its device runs (QEMU listens to its IOMMU from start to stop): what is known
 * when the last ring stops cannot be trusted at the next start.
 */
export function forgetWhenIdle(turn: Turn): void {
  if (!isBehindIommu(turn.state) || turn.state.closed) return;
  if (turn.state.queues.some((queue) => queue.owner.kind !== 'nobody')) return;
  turn.do({ kind: 'forget-translations', id: turn.newEffect(), iova: 0n, size: 0n });
}
