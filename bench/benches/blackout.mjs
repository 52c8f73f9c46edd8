// f: from the last descriptor that the old owner of a ring took to the first of the new one, 16 queues toggled each on
// its own clock, at rest and under a stream. The ratio is the bound over the p99: at least 1 where it is met.
import { readFileSync } from 'node:fs';
import { Unmeasurable } from '../errors.mjs';
import { repeated, spread } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { bundled } from '../programs.mjs';

const BOUND_NS = 100_000;
const OVERALL_BOUND_NS = 10_000_000;
const TOGGLES = { quick: 320, full: 1200 };

const involuntary = (pid) =>
  Number(/^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);

const blackout = (kind, what) => ({
  id: `f-${kind}`,
  title: `toggle blackout p99 of 16 queues ${what}, against 100 µs`,
  unit: 'µs',
  reach: { atLeast: 1.0 },
  seconds: 75,
  async run(options) {
    const program = await bundled('blackout');
    const summaries = [];
    // Both formats in turn.
    const format = () => (summaries.length % 2 === 1 ? ['packed'] : []);
    const measure = async () => {
      const leg = new Leg();
      try {
        const toggles = options.quick ? TOGGLES.quick : TOGGLES.full;
        const child = leg.start(process.execPath, [program, kind, `${toggles}`, ...format()]);
        const switchesBefore = involuntary(child.pid);
        const disturbance = watchDisturbance(leg.pids());
        const [line] = await child.saw(/^\{"simulated".*$/m, { timeoutMs: 300_000 });
        const disturbed = disturbance();
        const summary = { ...JSON.parse(line), involuntary: involuntary(child.pid) - switchesBefore };
        summaries.push(summary);
        const { lost, duplicated, reordered, corrupted } = summary.integrity;
        if (lost + duplicated + reordered + corrupted > 0) throw new Error(`frames were harmed: ${line}`);
        const p99 = summary.toggles.blackoutP99Ns;
        if (p99 === null)
          throw new Unmeasurable(`no ring had work waiting at any of ${summary.toggles.done} toggles`);
        return { ours: 1 / p99, theirs: 1 / BOUND_NS, disturbance: disturbed };
      } finally {
        await leg.end();
      }
    };
    const result = await repeated(measure, options);
    const micro = (pick) =>
      spread(
        summaries
          .map(({ toggles }) => pick(toggles))
          .filter((ns) => ns !== null)
          .map((ns) => ns / 1000),
      );
    const done = summaries.reduce((sum, { toggles }) => sum + toggles.done, 0);
    const waiting = summaries.reduce((sum, { toggles }) => sum + toggles.withWorkWaiting, 0);
    const longest = micro((toggles) => toggles.blackoutMaxNs);
    return {
      ...result,
      ours: micro((toggles) => toggles.blackoutP99Ns),
      theirs: null,
      p50: micro((toggles) => toggles.blackoutP50Ns),
      max: longest,
      toggles: { done, withWorkWaiting: waiting },
      notes: [
        `${done} toggles, ${waiting} with work waiting, 0 frames lost, duplicated, reordered or corrupted`,
        longest === null
          ? 'no ring had work waiting'
          : `longest ${(longest.max / 1000).toFixed(1)} ms over all windows (bound: ${OVERALL_BOUND_NS / 1e6} ms)`,
      ],
    };
  },
});

export const blackouts = [blackout('idle', 'at rest'), blackout('load', 'under a stream')];
