/**
 * Brings each ring to where the front-end's messages want it: started, stopped, under the present memory
 * table, in the hands of the engine where an accelerator may not have it. This goes before any reply;
 * moving rings to an accelerator comes after it (`arming.ts`).
 */
import { VHOST_ONLY_BITS } from '../wire/virtio-features.ts';
import { firstBase } from '../wire/vring-base.ts';
import { breakRing } from './break-ring.ts';
import type { Report } from './events.ts';
import { forgetWhenIdle, isBehindIommu } from './iommu.ts';
import { endGroup } from './group.ts';
import { cannotLog, noteLogging } from './logging.ts';
import { awaitsAnswers, detachPage, endOfGeneration } from './page.ts';
import type { RingConfig } from './ring-config.ts';
import type { QueueState, SessionState } from './state.ts';
import type { Turn } from './turn.ts';
import { forgetPreparation } from './preparation.ts';
import { beginWrap, endWrap, waitsFor } from './wrap.ts';

/**
 * Ready rule: size, addresses, a kick (an fd, or the wish to be polled), memory and features, in any order.
 * Enabling is not part of it: a started ring that is disabled is processed without side effects (spec,
 * "Ring states").
 */
function isReady(state: SessionState, queue: QueueState): boolean {
  if (queue.size === null || queue.addresses === null || queue.kick.kind === 'unset') return false;
  return state.memory !== null && state.ackedFeatures !== null && !queue.broken && !state.closed;
}

/** What a ring that is ready starts with; null for one that is not. */
function ringConfig(state: SessionState, queue: QueueState): RingConfig | null {
  const { size, addresses } = queue;
  const { ackedFeatures } = state;
  if (size === null || addresses === null || ackedFeatures === null || !isReady(state, queue)) return null;
  return {
    ...addresses,
    size,
    features: ackedFeatures & ~VHOST_ONLY_BITS,
    base: ringBase(state, queue),
    behindIommu: isBehindIommu(state),
  };
}

/** Where the ring begins, goes on or stopped. */
export function ringBase(state: SessionState, queue: QueueState): number {
  return queue.stoppedAt ?? queue.base ?? firstBase(state.ackedFeatures ?? 0n);
}

export const isRunning = (queue: QueueState): boolean => queue.owner.kind !== 'nobody';

/** Whether the accelerator must give this ring back before the front-end is answered (design rule 16). */
function mustTakeOver(turn: Turn, queue: QueueState): boolean {
  if (queue.owner.kind !== 'accelerator') return false;
  return !queue.enabled || queue.memory !== turn.state.memory?.id || cannotLog(turn, queue.owner.id);
}

/** Asks for the next operation that this ring needs; nothing while one is under way. */
export function advanceRing(turn: Turn, index: number): void {
  const { state } = turn;
  const queue = turn.queue(index);
  if (queue.op !== null) return;
  const memory = state.memory?.id;

  if (memory === undefined || !isReady(state, queue)) {
    if (isRunning(queue)) stop(turn, index);
  } else if (queue.owner.kind === 'nobody') {
    const config = ringConfig(state, queue);
    if (config === null) return;
    const effect = turn.newEffect();
    turn.patchQueue(index, { op: { kind: 'start', effect, memory } });
    turn.do({ kind: 'set-enabled', queue: index, enabled: queue.enabled });
    holdFromTheStart(turn, index);
    turn.do({ kind: 'start', id: effect, queue: index, memory, ring: config });
  } else if (mustTakeOver(turn, queue)) {
    if (queue.owner.kind === 'accelerator' && cannotLog(turn, queue.owner.id))
      noteLogging(turn, index, queue.owner.id);
    else if (queue.memory !== memory) noteMemoryChange(turn, index);
    takeBack(turn, index);
  } else if (queue.owner.kind === 'engine' && queue.memory !== memory) {
    const effect = turn.newEffect();
    turn.patchQueue(index, { op: { kind: 'replace-memory', effect, memory } });
    turn.do({ kind: 'replace-memory', id: effect, queue: index, memory });
  }
}

/** For a device that can only start at index 0, the engine must not take the first descriptor. */
function holdFromTheStart(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const meant = queue.desired === 'accelerated' && queue.enabled && !turn.state.ending;
  const accelerator = meant && !awaitsAnswers(turn, index) ? waitsFor(turn, queue) : null;
  if (accelerator !== null) beginWrap(turn, index, accelerator);
}

/** Told until the page is mapped again. */
function noteMemoryChange(turn: Turn, index: number): void {
  if (turn.queue(index).page.kind !== 'mapped') return;
  const message = 'The front-end changed its memory table; the engine took the ring and removes the page';
  turn.patchQueue(index, { reason: turn.reason('memory-changed', message), acknowledged: false });
}

/** Whether this ring is where the messages so far want it. */
export function isRingSettled(turn: Turn, index: number): boolean {
  const { state } = turn;
  const queue = state.queues[index];
  if (queue === undefined || queue.op !== null) return queue === undefined;
  if (!isReady(state, queue)) return !isRunning(queue);
  return isRunning(queue) && queue.memory === state.memory?.id && !mustTakeOver(turn, queue);
}

function stop(turn: Turn, index: number): void {
  const effect = turn.newEffect();
  const siblings = siblingsOf(turn, index);
  endWrap(turn, index);
  forgetPreparation(turn, index);
  turn.patchQueue(index, { op: { kind: 'stop', effect }, hold: null });
  turn.do({ kind: 'stop', id: effect, queue: index });
  takeBackAll(turn, siblings);
}

/** Queues that a device which cannot stop one queue alone stops with this one. */
function siblingsOf(turn: Turn, index: number): readonly number[] {
  const { owner } = turn.queue(index);
  if (owner.kind !== 'accelerator') return [];
  const device = turn.context.accelerators.find(({ id }) => id === owner.id);
  if (device === undefined || device.stopPerQueue) return [];
  const isServed = (queue: QueueState): boolean =>
    queue.owner.kind === 'accelerator' &&
    queue.owner.id === owner.id &&
    (queue.op === null || queue.op.kind === 'take-area');
  return turn.state.queues
    .filter((queue) => queue.index !== index && isServed(queue))
    .map((one) => one.index);
}

/** The engine takes the ring back from its accelerator, and those that the accelerator stops with it. */
export function takeBack(turn: Turn, index: number): void {
  const effect = turn.newEffect();
  const siblings = siblingsOf(turn, index);
  turn.patchQueue(index, { op: { kind: 'handover-back', effect }, hold: null });
  turn.do({ kind: 'handover-back', id: effect, queue: index });
  takeBackAll(turn, siblings);
}

/** The first takes the others along. */
function takeBackAll(turn: Turn, indices: readonly number[]): void {
  for (const index of indices) if (turn.queue(index).op?.kind !== 'handover-back') takeBack(turn, index);
}

/**
 * Unsets the kick, so that the ring stops and starts again only when it is given a new one. `ended`: the
 * front-end has dropped the notify page by itself (GET_VRING_BASE).
 */
export function haltRing(turn: Turn, index: number, ended: boolean): void {
  const queue = turn.queue(index);
  const reason = endOfGeneration(turn, queue, 'its ring');
  turn.patchQueue(index, { broken: false });
  if (queue.op === null && isRunning(queue)) stop(turn, index);
  if (queue.kick.kind !== 'unset') turn.setNotifier(index, 'kick', { kind: 'unset' });
  if (ended) {
    detachPage(turn, index);
    endGroup(turn, index);
  }
  if (reason !== null) turn.patchQueue(index, { reason, acknowledged: false });
}

const isInDoubt = ({ page, reason }: QueueState): boolean =>
  page.kind === 'unconfirmed' && reason?.code === 'removal-unanswered';

type RingReport = Extract<Report, { readonly of: 'start' | 'stop' | 'replace-memory' }>;

/** Records how an operation on a ring ended. */
export function ringReported(turn: Turn, report: RingReport): void {
  const index = report.queue;
  const queue = turn.queue(index);
  const op = queue.op;
  turn.patchQueue(index, { op: null });
  switch (report.of) {
    case 'start':
      if (report.result.ok && op?.kind === 'start') {
        turn.patchQueue(index, {
          owner: { kind: 'engine' },
          memory: op.memory,
          stoppedAt: null,
          settled: null,
          // Of a page that nobody can tell of, the start of a ring changes nothing.
          ...(isInDoubt(queue) ? {} : { reason: null, acknowledged: false }),
        });
      } else if (!report.result.ok) {
        endWrap(turn, index);
        breakRing(turn, index, report.result.error);
      }
      return;
    case 'stop':
      turn.patchQueue(index, {
        owner: { kind: 'nobody' },
        memory: null,
        stoppedAt: report.base,
        translation: null,
      });
      forgetWhenIdle(turn);
      return;
    case 'replace-memory':
      if (report.result.ok && op?.kind === 'replace-memory') turn.patchQueue(index, { memory: op.memory });
      else if (!report.result.ok) breakRing(turn, index, report.result.error);
      return;
  }
}
