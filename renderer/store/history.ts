/**
 * One minute of one queue's counters. Rates are differences between two samples about a second apart, so a
 * number on the screen is calm and a lost tick changes nothing. A counter that falls (the engine or the
 * generation began again) or that is unknown at either end gives no rate at all.
 */
import { COUNTER_FIELDS, type QueueCounters } from '../../app/contract/snapshot.ts';

export interface Sample {
  /** Engine clock, milliseconds. */
  readonly at: number;
  readonly counters: QueueCounters;
  readonly availIdx: number | null;
  readonly usedIdx: number | null;
}

export interface QueueHistory {
  /** Oldest first, one of each KEEP_MS, at most WINDOW_MS old. */
  readonly kept: readonly Sample[];
  readonly last: Sample;
  /** Engine clock when the ring was last seen to move; null while it was never seen moving. */
  readonly movedAt: number | null;
}

export const WINDOW_MS = 60_000;
export const KEEP_MS = 250;
/** Rates look back this far, and no less than half of it. */
const RATE_MS = 1_000;

/** One queue's numbers of a counters tick: -1 is unknown. */
export function sampleOf(at: number, values: readonly number[], offset: number): Sample {
  const value = (place: number): number | null => {
    const number = values[offset + place] ?? -1;
    return number < 0 ? null : number;
  };
  return {
    at,
    counters: {
      kicks: value(0),
      doorbells: value(1),
      interrupts: value(2),
      calls: value(3),
      engineDescriptors: value(4),
      deviceDescriptors: value(5),
    },
    availIdx: value(COUNTER_FIELDS.length),
    usedIdx: value(COUNTER_FIELDS.length + 1),
  };
}

/** What moves when the ring is served: the used index, or the descriptors that somebody completed. */
function mark(sample: Sample): number | null {
  if (sample.usedIdx !== null) return sample.usedIdx;
  const { engineDescriptors, deviceDescriptors } = sample.counters;
  if (engineDescriptors === null && deviceDescriptors === null) return null;
  return (engineDescriptors ?? 0) + (deviceDescriptors ?? 0);
}

/**
 * `phaseMs`: by how much the history's time is divided earlier than another's. What is drawn from it changes with each
 * sample that is kept, and a screen of queues that all keep theirs at the same tick is drawn again whole.
 */
export function extend(history: QueueHistory | undefined, sample: Sample, phaseMs = 0): QueueHistory {
  if (history === undefined) return { kept: [sample], last: sample, movedAt: null };
  if (sample.at <= history.last.at) return history;
  const newest = history.kept[history.kept.length - 1];
  const moved = mark(sample) !== mark(history.last);
  const oldest = sample.at - WINDOW_MS;
  const partOf = (at: number): number => Math.floor((at + phaseMs) / KEEP_MS);
  const keep = newest === undefined || partOf(sample.at) > partOf(newest.at);
  return {
    kept: keep ? [...history.kept.filter((kept) => kept.at >= oldest), sample] : history.kept,
    last: sample,
    movedAt: moved ? sample.at : history.movedAt,
  };
}

function between(from: Sample, to: Sample, field: keyof QueueCounters): number | null {
  const a = from.counters[field];
  const b = to.counters[field];
  if (a === null || b === null || b < a || to.at <= from.at) return null;
  return ((b - a) * 1_000) / (to.at - from.at);
}

/** Events per second over about the last second, renewed at KEEP_MS; null while that cannot be known. */
export function rate(kept: readonly Sample[] | undefined, field: keyof QueueCounters): number | null {
  if (kept === undefined) return null;
  const to = kept[kept.length - 1];
  if (to === undefined) return null;
  const from = kept.find((sample) => to.at - sample.at <= RATE_MS);
  return from === undefined || to.at - from.at < RATE_MS / 2 ? null : between(from, to, field);
}

export interface SeriesPoint {
  /** Seconds before the newest sample, 0 or negative. */
  readonly ago: number;
  readonly value: number | null;
}

/** One point per second over the last minute, oldest first; null where there is no sample. */
export function series(
  kept: readonly Sample[] | undefined,
  field: keyof QueueCounters,
): readonly SeriesPoint[] {
  const newest = kept?.at(-1);
  if (kept === undefined || newest === undefined) return [];
  const points: SeriesPoint[] = [];
  let from = kept[0];
  for (const sample of kept.slice(1)) {
    if (from === undefined || sample.at - from.at < RATE_MS - KEEP_MS / 2) continue;
    points.push({ ago: (sample.at - newest.at) / 1_000, value: between(from, sample, field) });
    from = sample;
  }
  return points;
}
