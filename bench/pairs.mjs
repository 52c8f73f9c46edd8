// Two legs against each other on a machine that others use too. Each leg is a set of fresh processes; legs alternate
// (theirs, ours, ours, theirs …), so that a slow drift of the machine meets both alike; each pair gives one ratio, and
// the median of the ratios with their range is the result. A window counts only if the CPUs were equally far apart
// before and after it, in both legs of its pair, and nobody kept the threads from running.
import { placement } from './placement.mjs';

const MAX_RUN_QUEUE = 0.05;
const MAX_STEAL = 0.02;

export const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

export const spread = (values) =>
  values.length === 0 ? null : { median: median(values), min: Math.min(...values), max: Math.max(...values) };

/** One window and why it does not count, if it does not. */
async function gated(measure) {
  const before = await placement();
  const { value, disturbance } = await measure();
  const after = await placement();
  const { runQueue, steal } = disturbance;
  const percent = (share) => `${(share * 100).toFixed(0)} %`;
  const why =
    before !== after
      ? `placement ${before}, then ${after}`
      : before === 'between'
        ? 'placement neither near nor far'
        : runQueue > MAX_RUN_QUEUE
          ? `threads waited ${percent(runQueue)} of the time for a CPU`
          : steal > MAX_STEAL
            ? `steal ${percent(steal)}`
            : null;
  return { value, placement: before, why };
}

/**
 * @param {() => Promise<{value: number, disturbance: {runQueue: number, steal: number}}>} theirs
 * @param {typeof theirs} ours higher values are better
 * @param {{pairs: number, attempts: number, log: (line: string) => void}} options
 * @returns what a bench's entry says: ratio of the accepted pairs, and of all pairs for those who want to know what
 *   the gate left out
 */
export async function paired(theirs, ours, { pairs, attempts, log }) {
  const accepted = { near: [], far: [] };
  const all = [];
  const reasons = new Map();
  let rejected = 0;
  const most = () => Math.max(accepted.near.length, accepted.far.length);
  for (let attempt = 0; attempt < attempts && most() < pairs; attempt++) {
    const windows = [];
    for (const leg of attempt % 2 === 0 ? [theirs, ours] : [ours, theirs]) windows.push(await gated(leg));
    const [their, our] = attempt % 2 === 0 ? windows : windows.toReversed();
    const pair = { theirs: their.value, ours: our.value, ratio: our.value / their.value };
    all.push(pair);
    const why =
      their.why ?? our.why ?? (their.placement === our.placement ? null : 'placement changed between legs');
    if (why === null) accepted[their.placement].push(pair);
    else {
      rejected++;
      reasons.set(why.replace(/\d+ %/, 'n %'), why);
    }
    log(
      `${pair.ratio.toFixed(2)} = ${format(pair.ours)} / ${format(pair.theirs)}${why === null ? '' : ` rejected: ${why}`}`,
    );
  }
  const place = accepted.near.length >= Math.min(pairs, accepted.far.length) ? 'near' : 'far';
  const counted = accepted[place];
  return {
    ratio: spread(counted.map(({ ratio }) => ratio)),
    ours: spread(counted.map((pair) => pair.ours)),
    theirs: spread(counted.map((pair) => pair.theirs)),
    pairs: counted.length,
    // Pairs of the other placement are never mixed in.
    rejected: rejected + accepted[place === 'near' ? 'far' : 'near'].length,
    placement: counted.length > 0 ? place : null,
    ungated: spread(all.map(({ ratio }) => ratio)),
    ...(counted.length > 0 ? {} : { why: `no window passed the gate: ${[...reasons.values()].join('; ')}` }),
  };
}

const format = (value) =>
  value >= 1e6
    ? `${(value / 1e6).toFixed(2)} M`
    : value >= 1e3
      ? `${(value / 1e3).toFixed(1)} k`
      : value.toFixed(1);
