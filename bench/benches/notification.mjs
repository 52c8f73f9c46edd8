// e: from a driver's notification to its being seen and to its frame's completion, by each way that it can take, against
// what the machine allows: a cache line that both sides poll, and a thread that sleeps in read() of an eventfd.
import { placement, primitive } from '../placement.mjs';
import { repeated, spread } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { native } from '../programs.mjs';

const FASTER_THAN_SLEEPING = { near: 20, far: 10 };

/** One run of all ways. Both sides poll alone on their CPUs, so the program's own threads may not have had to wait. */
async function run() {
  const leg = new Leg();
  try {
    const program = await native('native_notify_latency');
    const child = leg.start(program, ['stay']);
    const disturbance = watchDisturbance(leg.pids());
    const [line] = await child.saw(/^\{"line".*$/m);
    return { ...JSON.parse(line), disturbance: disturbance() };
  } finally {
    await leg.end();
  }
}

const notification = (id, title, pick) => ({
  id: `e-${id}`,
  title,
  unit: 'ns',
  reach: { atLeast: 1.0 },
  seconds: 30,
  async run(options) {
    const runs = [];
    const raw = await primitive('eventfd');
    const result = await repeated(async () => {
      const { disturbance, ...ways } = await run();
      runs.push(ways);
      const { took, allowed } = pick(ways, await placement());
      return { ours: 1 / took, theirs: 1 / allowed, disturbance };
    }, options);
    const of = (way, quantile) => spread(runs.map((ways) => ways[way][quantile]));
    const text = (way) => `${way} p50 ${of(way, 'p50Ns').median} ns, p99 ${of(way, 'p99Ns').median} ns`;
    return {
      ...result,
      ours: spread(runs.map((ways) => pick(ways, 'near').took)),
      theirs: null,
      ways: Object.fromEntries(
        Object.keys(runs[0]).map((way) => [way, { p50: of(way, 'p50Ns'), p99: of(way, 'p99Ns') }]),
      ),
      rawEventfd: raw,
      notes: [
        Object.keys(runs[0]).map(text).join(' · '),
        `raw eventfd to a sleeping reader, one way: p50 ${raw.p50Ns} ns, p99 ${raw.p99Ns} ns`,
      ],
    };
  },
});

export const notifications = [
  notification('seen', 'mapped doorbell seen, against 3 × a cache line one way', ({ seen, line }) => ({
    took: seen.p50Ns - line.p50Ns,
    allowed: 3 * line.p50Ns,
  })),
  notification(
    'handled',
    'mapped doorbell to completion, against 8 × a cache line one way',
    ({ mapped, line }) => ({ took: mapped.p50Ns - line.p50Ns, allowed: 8 * line.p50Ns }),
  ),
  notification(
    'sleeping',
    'mapped doorbell, against 1/20 (near) or 1/10 (far) of an eventfd to a sleeping worker',
    ({ mapped, sleeping }, place) => ({
      took: mapped.p50Ns,
      allowed: sleeping.p50Ns / FASTER_THAN_SLEEPING[place === 'far' ? 'far' : 'near'],
    }),
  ),
];
