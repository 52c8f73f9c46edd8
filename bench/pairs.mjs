// Two legs against each other on a machine that others use too. Each leg is a set of fresh processes; legs alternate
// (theirs, ours, ours, theirs …), so that a slow drift of the machine meets both alike; each pair gives one ratio, and
// the median of the ratios with their range is the result. A window counts only if the CPUs were equally far apart
// before and after it, in both legs of its pair, and nobody kept the threads from running.
import { placement } from './placement.mjs';

const MAX_RUN_QUEUE = 0.05;
const MAX_STEAL = 0.02;

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** Of at least one value; null of none. */
export const spread = (values) =>
  values.length === 0 ? null : { median: median(values), min: Math.min(...values), max: Math.max(...values) };

/** One window and why it does not count, if it does not. */
async function gated(measure) {
  const before = await placement();
  const { disturbance, ...values } = await measure();
  const after = await placement();
  const { runQueue, steal } = disturbance;
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  const why =
    before !== after
      ? `placement ${before}, then ${after}`
      : before === 'between'
        ? 'placement neither near nor far'
        : values.value === 0
          ? 'no frame moved'
          : runQueue > MAX_RUN_QUEUE
            ? `threads waited ${percent(runQueue)} of the time for a CPU`
            : steal > MAX_STEAL
              ? `steal ${percent(steal)}`
              : null;
  return { ...values, placement: before, why };
}

/**
 * Asks for pairs until enough of one placement count, or the bench has had its time.
 * @param {(attempt: number) => Promise<{ours: number, theirs: number, placement: string, why: string | null}>} next
 * @param {{pairs: number, attempts: number, seconds: number, log: (line: string) => void}} options
 * @returns the fields of a bench's entry: the ratio ours / theirs of the pairs that count, why others do not, and
 *   `ungated` of all pairs, for those who want to know what the gate left out
 */
async function collect(next, { pairs, attempts, seconds, log }) {
  const counted = { near: [], far: [] };
  const all = [];
  const reasons = new Map();
  const end = Date.now() + seconds * 1000;
  for (let attempt = 0; attempt < attempts && (attempt === 0 || Date.now() < end); attempt++) {
    const { ours, theirs, placement: place, why } = await next(attempt);
    const pair = { ours, theirs, ratio: ours / theirs };
    all.push(pair);
    if (why === null) counted[place].push(pair);
    else {
      const kind = why.replace(/ \d+ %( of the time)?/, '');
      reasons.set(kind, (reasons.get(kind) ?? 0) + 1);
    }
    log(
      `${pair.ratio.toFixed(2)} = ${short(ours)} / ${short(theirs)}${why === null ? ` ${place}` : ` rejected: ${why}`}`,
    );
    if (counted.near.length >= pairs || counted.far.length >= pairs) break;
  }
  const place = counted.near.length >= Math.min(pairs, counted.far.length) ? 'near' : 'far';
  const chosen = counted[place];
  const other = place === 'near' ? 'far' : 'near';
  if (counted[other].length > 0) reasons.set(`placement ${other}`, counted[other].length);
  return {
    ratio: spread(chosen.map(({ ratio }) => ratio)),
    ours: spread(chosen.map((pair) => pair.ours)),
    theirs: spread(chosen.map((pair) => pair.theirs)),
    pairs: chosen.length,
    // Pairs of the other placement are never mixed in.
    rejected: all.length - chosen.length,
    reasons: [...reasons].map(([why, count]) => ({ why, count })),
    placement: chosen.length > 0 ? place : null,
    ungated: spread(all.map(({ ratio }) => ratio).filter((ratio) => ratio > 0 && Number.isFinite(ratio))),
    ...(chosen.length > 0 ? {} : { why: 'no window passed the gate' }),
  };
}

/** Two legs, each of which answers with its `value` and what disturbed it. */
export function paired(theirs, ours, options) {
  return collect(async (attempt) => {
    const windows = [];
    const order = attempt % 2 === 0 ? [theirs, ours] : [ours, theirs];
    for (const leg of order) windows.push(await gated(leg));
    const [their, our] = attempt % 2 === 0 ? windows : windows.toReversed();
    const why =
      their.why ?? our.why ?? (their.placement === our.placement ? null : 'placement changed between legs');
    return { ours: our.value, theirs: their.value, placement: their.placement, why };
  }, options);
}

/** One program that measures both sides of the ratio itself. */
export const repeated = (measure, options) => collect(() => gated(measure), options);

/**
 * A program that leaves out disturbed moments by itself, and of which it does not matter how far apart the CPUs are.
 * `measure` says in `why` what is wrong with a run.
 */
export const gatedInside = async (measure, options) => ({
  ...(await collect(async () => ({ ...(await measure()), placement: 'near' }), options)),
  placement: null,
});

const short = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toPrecision(3);
