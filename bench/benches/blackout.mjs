// f: from the last descriptor that the old owner of a ring took to the first of the new one, 16 queues toggled in random
// order, at rest and under a stream. The ratio is the bound over the p99 of those toggles in whose time no thread was
// switched out against its will and no CPU was taken away: at least 1 where it is met.
import { Unmeasurable } from '../errors.mjs';
import { gatedInside, spread } from '../pairs.mjs';
import { native } from '../programs.mjs';
import { run } from '../../tools/process-group.mjs';

const BOUND_NS = 100_000;
const OVERALL_BOUND_NS = 10_000_000;
const TOGGLES = { quick: 1000, full: 5000 };
/** Fewer say nothing of a hundredth. */
const ENOUGH = { quick: 10, full: 100 };

const blackout = (kind, what) => ({
  id: `f-${kind}`,
  title: `toggle blackout p99 of 16 queues ${what}, against 100 µs`,
  unit: 'µs',
  reach: { atLeast: 1.0 },
  seconds: 75,
  async run(options) {
    const program = await native('native_blackout');
    const length = options.quick ? 'quick' : 'full';
    const toggles = TOGGLES[length];
    const runs = [];
    const measure = async () => {
      // Both formats in turn.
      const format = runs.length % 2 === 1 ? ['packed'] : [];
      const words = [program, kind, `${toggles}`, `${runs.length + 1}`, ...format];
      const { code, output } = await run(words[0], words.slice(1), { timeoutSeconds: 300 });
      if (code !== 0) throw new Error(`frames were harmed, or a queue stood still: ${output}`);
      runs.push(JSON.parse(output));
      const { undisturbed } = runs.at(-1);
      const why =
        undisturbed.count < ENOUGH[length]
          ? `fewer than ${ENOUGH[length]} toggles undisturbed with work waiting`
          : null;
      return { ours: 1 / (undisturbed.p99Ns ?? Infinity), theirs: 1 / BOUND_NS, why };
    };
    const result = await gatedInside(measure, options);
    if (runs.every(({ waited }) => waited.count === 0)) throw new Unmeasurable('no ring had work waiting');
    const micro = (kindOf, quantile) =>
      spread(
        runs
          .map((one) => one[kindOf][quantile])
          .filter((ns) => ns !== null)
          .map((ns) => ns / 1000),
      );
    const sum = (pick) => runs.reduce((total, one) => total + pick(one), 0);
    const longest = micro('waited', 'maxNs');
    const text = (kindOf) =>
      ['p50', 'p99']
        .map((name) => `${name} ${micro(kindOf, `${name}Ns`)?.median.toFixed(0) ?? '—'} µs`)
        .join(', ');
    return {
      ...result,
      ours: micro('undisturbed', 'p99Ns'),
      theirs: null,
      p50: micro('undisturbed', 'p50Ns'),
      max: longest,
      toggles: { done: sum((one) => one.toggles), withWorkWaiting: sum(({ waited }) => waited.count) },
      notes: [
        `${sum((one) => one.toggles)} toggles in ${runs.length} runs of both formats, ` +
          `${sum(({ waited }) => waited.count)} with work waiting, ${sum(({ undisturbed }) => undisturbed.count)} of them ` +
          'undisturbed; 0 frames lost, duplicated, reordered or corrupted',
        `undisturbed: ${text('undisturbed')}; all: ${text('waited')}`,
        `longest of all ${(longest.max / 1000).toFixed(1)} ms (bound: ${OVERALL_BOUND_NS / 1e6} ms)`,
      ],
    };
  },
});

export const blackouts = [blackout('idle', 'at rest'), blackout('load', 'under a stream')];
