/**
 * The wait of a ring for a device that has no register for the index (virtio-pci): it can only start where the
 * ring is at its first index with nothing in flight. The engine serves on and is told to stop exactly there; the
 * handover follows at once. A queue that is started at index 0 need not wait, since the engine is told before it
 * starts; an idle one may wait for ever, and says so.
 */
import type { SampleRow } from './ports.ts';
import { chooseAccelerator } from './choice.ts';
import { cannotLog } from './logging.ts';
import type { QueueState } from './state.ts';
import type { Turn } from './turn.ts';

/** Between two looks that tell a rate. */
const RATE_WINDOW_MS = 250;

/** The accelerator that a wait would be for; null where it takes a ring at any index, or does not fit. */
export function waitsFor(turn: Turn, queue: QueueState): string | null {
  const choice = chooseAccelerator(turn, queue);
  return choice.kind === 'fits' &&
    choice.accelerator.restoreIndex === 'zero-only' &&
    !cannotLog(turn, choice.accelerator.id)
    ? choice.accelerator.id
    : null;
}

/** Tells the engine to stop at the first index; for a ring that runs, and for one about to start. */
export function beginWrap(turn: Turn, index: number, accelerator: string): void {
  turn.patchQueue(index, { wrap: { accelerator, remaining: null, perSecond: null, readAt: null } });
  turn.do({ kind: 'set-hold', queue: index, on: true });
}

/** Asks where the ring stands: the engine may have reached the index already. */
export function lookAtWrap(turn: Turn, index: number): void {
  turn.do({ kind: 'sample', id: turn.newEffect(), queue: index });
}

/** The engine serves on beyond the first index. */
export function endWrap(turn: Turn, index: number): void {
  if (turn.queue(index).wrap === null) return;
  turn.patchQueue(index, { wrap: null });
  turn.do({ kind: 'set-hold', queue: index, on: false });
}

/** The ring was handed over at its first index, which ends the hold. */
export const wrapReached = (turn: Turn, index: number): void => turn.patchQueue(index, { wrap: null });

/** Where the ring stands now, and how fast it gets there. */
export function wrapSampled(turn: Turn, index: number, row: SampleRow): void {
  const { wrap } = turn.queue(index);
  if (wrap === null) return;
  const remaining = row.toStart;
  const { readAt } = wrap;
  const passed = readAt === null ? 0 : turn.now - readAt;
  if (readAt !== null && remaining !== 0 && passed < RATE_WINDOW_MS) return;
  const moved = wrap.remaining === null || remaining === null ? null : wrap.remaining - remaining;
  const perSecond = moved === null || moved < 0 || passed === 0 ? null : (moved * 1000) / passed;
  turn.patchQueue(index, { wrap: { ...wrap, remaining, perSecond, readAt: turn.now } });
}
