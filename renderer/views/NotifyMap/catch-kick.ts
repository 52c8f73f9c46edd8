/** By which way the next notification of a queue went, from two readings of its counters. Pure. */
import { count } from '../../format/numbers.ts';
import type { Sample } from '../../store/history.ts';

const RING = 0x1_0000;

const grown = (from: number | null, to: number | null): number | null =>
  from === null || to === null ? null : Math.max(0, to - from);

/** Null while the guest has offered nothing new since `from`. */
export function caughtKick(from: Sample, to: Sample): string | null {
  if (from.availIdx === null || to.availIdx === null) return 'The avail index of this ring cannot be read.';
  const offered = (to.availIdx - from.availIdx + RING) % RING;
  if (offered === 0) return null;
  const kicks = grown(from.counters.kicks, to.counters.kicks);
  const doorbells = grown(from.counters.doorbells, to.counters.doorbells);
  const news = `avail +${count(offered)}`;
  if (kicks !== null && kicks > 0) return `It went by eventfd: ${count(kicks)} kicks, ${news}.`;
  if (doorbells !== null && doorbells > 0)
    return `No eventfd; the doorbell changed ${doorbells === 1 ? 'once' : `${count(doorbells)} times`}, ${news}.`;
  const used = from.usedIdx !== null && to.usedIdx !== null && from.usedIdx !== to.usedIdx;
  return used
    ? `No kick was seen and the ring moved, ${news}.`
    : `No kick was seen and nothing moved, ${news}.`;
}
