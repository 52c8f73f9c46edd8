/**
 * What an accelerator needs time for before it can take a ring: guest memory mapped for DMA, features negotiated. It is
 * done beside the loop at the start of arming, while the engine serves on, so that the handover waits for nothing.
 */
import type { AcceleratorInfo, Turn } from './turn.ts';

/** Whether the accelerator can take the ring at once; where it cannot, it is told to get ready. */
export function isPrepared(turn: Turn, index: number, accelerator: AcceleratorInfo): boolean {
  const { preparation, memory } = turn.queue(index);
  if (!accelerator.preparesAhead || memory === null) return true;
  const { id } = accelerator;
  if (preparation !== null && preparation.accelerator !== id) forgetPreparation(turn, index);
  else if (preparation?.memory === memory) return preparation.effect === null;
  const effect = turn.newEffect();
  turn.patchQueue(index, { preparation: { accelerator: id, memory, effect } });
  turn.do({ kind: 'prepare', id: effect, queue: index, accelerator: id });
  return false;
}

/** The ring is not on its way to an accelerator any more. */
export function forgetPreparation(turn: Turn, index: number): void {
  const { preparation } = turn.queue(index);
  if (preparation === null) return;
  turn.patchQueue(index, { preparation: null });
  turn.do({ kind: 'unprepare', queue: index, accelerator: preparation.accelerator });
}
