/** The first few thousand executions of each target, the same in every run. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allTargets } from './all-targets.ts';
import { Random } from './random.ts';

const SEED = 20_180_319;
const EXECUTIONS = 4_000;

describe('fuzzing', () => {
  it.each(allTargets(join(import.meta.dirname, '../..')))(
    '$name takes whatever comes, and gets as far as accepting some of it',
    { timeout: 30_000 },
    ({ run }) => {
      const random = new Random(SEED);
      let accepted = 0;
      for (let done = 0; done < EXECUTIONS; done++) if (run(random) === 'accepted') accepted++;

      expect(accepted).toBeGreaterThan(EXECUTIONS / 100);
      expect(accepted).toBeLessThan(EXECUTIONS);
    },
  );
});
