/**
 * What must never happen, over random histories of one session: late, repeated and lost answers, a front-end that
 * hangs, restarts and forgets, a panel that misses events. `DOORBELL_SEED` repeats a run.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { History, QUEUES, type Act, type OfPanel, type OfQueue, type OfSession } from './history.ts';
import { momentOf, wrongs } from './never.ts';

const RUNS = process.env['DOORBELL_SOAK'] === undefined ? 10_000 : 100_000;
const seed =
  process.env['DOORBELL_SEED'] === undefined ? Date.now() & 0x7fffffff : Number(process.env['DOORBELL_SEED']);

/** Mostly one queue: what goes wrong needs several things to happen to the same one. */
const queue = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1 as const) },
  { weight: 2, arbitrary: fc.constantFrom(...QUEUES) },
);
const on = fc.boolean();
const ofQueue = (...acts: readonly OfQueue[]) => fc.record({ do: fc.constantFrom(...acts), queue });
const plain = (...acts: readonly (OfSession | OfPanel)[]) => fc.record({ do: fc.constantFrom(...acts) });

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('desire' as const),
      queue,
      desired: fc.constantFrom('software' as const, 'accelerated' as const, 'accelerated' as const),
    }),
  },
  { weight: 8, arbitrary: plain('settle') },
  { weight: 5, arbitrary: plain('answer') },
  { weight: 5, arbitrary: plain('sample') },
  { weight: 6, arbitrary: ofQueue('start', 'stop', 'traffic') },
  { weight: 2, arbitrary: ofQueue('cancel', 'acknowledge', 'kicks', 'forget', 'break') },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(20, 60, 600, 2100, 5100),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'freeze' as const,
        'page-per-vq' as const,
        'share-page' as const,
        'readable-maps' as const,
      ),
      on,
    }),
  },
  { weight: 2, arbitrary: plain('memory', 'reconnect') },
  { weight: 3, arbitrary: plain('lose-event', 'repeat-event', 'panel-lost', 'panel-back') },
);

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
