/**
 * What must never happen, over random histories of one session: late, repeated and lost answers, a front-end that
 * hangs, restarts and forgets, a panel that misses events. `DOORBELL_SEED` repeats a run.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { act } from './acts.ts';
import { History } from './history.ts';
import { momentOf, wrongs } from './never.ts';

const RUNS = process.env['DOORBELL_SOAK'] === undefined ? 10_000 : 100_000;
const seed =
  process.env['DOORBELL_SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['DOORBELL_SEED']);

describe(`What must never happen (seed ${seed})`, () => {
  it(`does not in ${RUNS} random histories`, { timeout: 1_200_000 }, async () => {
    const reached = new Set<string>();
    let acts = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 8, maxLength: 24 }), async (history) => {
        const one = new History();
        for (const step of history) {
          const before = momentOf(one);
          await one.take(step);
          acts++;
          for (const { phase, evidence, contradiction } of one.bench.runner.state.queues)
            reached.add(contradiction === null ? `${phase} ${evidence}` : contradiction.code);
          const found = wrongs(one, before, step.do);
          if (found.length > 0) throw new Error(found.join('\n'));
        }
        one.bench.disconnect();
      }),
      { seed, numRuns: RUNS },
    );
    console.log(`seed ${seed}: ${acts} acts, reached ${[...reached].sort().join(', ')}`);
    // The histories are worth something only if they get somewhere.
    for (const state of [
      'mapped 1',
      'mapped 2',
      'mapped 3',
      'relay 1',
      'quarantine 0',
      'undoing 0',
      'down 0',
    ])
      expect(reached).toContain(state);
    for (const code of ['kicks-after-ack', 'mapping-vanished', 'page-rung-by-other'])
      expect(reached).toContain(code);
  });
});
