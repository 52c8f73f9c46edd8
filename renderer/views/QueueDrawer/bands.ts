/** Which phases the last minute was spent in, from the transitions that are known. Pure. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';

export interface Band {
  /** Seconds before now, negative. */
  readonly from: number;
  readonly to: number;
  /** The phase's own word; null before the first known transition. */
  readonly phase: string | null;
}

const WINDOW_S = 60;

/** `now`: engine clock. Oldest first, without holes, over exactly the last minute. */
export function bandsOf(queue: QueueSnapshot, now: number): readonly Band[] {
  const ago = (at: number): number => Math.max(-WINDOW_S, Math.min(0, (at - now) / 1_000));
  const steps = queue.transitions.toSorted((a, b) => a.at - b.at);
  const bands: Band[] = [];
  let from = -WINDOW_S;
  let phase: string | null = steps[0]?.from ?? (ago(queue.since) <= -WINDOW_S ? queue.phase : null);
  for (const step of steps) {
    const at = ago(step.at);
    if (at > from) bands.push({ from, to: at, phase });
    from = Math.max(from, at);
    phase = step.to;
  }
  if (steps.length === 0 && phase === null) {
    const since = ago(queue.since);
    bands.push({ from, to: since, phase: null });
    from = since;
  }
  if (from < 0) bands.push({ from, to: 0, phase: queue.phase });
  return bands;
}
