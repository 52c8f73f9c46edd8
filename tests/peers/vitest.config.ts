import { defineConfig } from 'vitest/config';

/** What measures time or fills a core by polling: nothing runs beside it. */
const ALONE = ['idle', 'migration', 'testpmd'].map((name) => `${import.meta.dirname}/${name}.test.ts`);
const timeouts = { testTimeout: 120_000, hookTimeout: 60_000 };

/** Real peers: two files at a time, since each of them has a machine or two that fill a core while they boot. */
export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { concurrent: false },
    projects: [
      {
        test: {
          ...timeouts,
          name: 'beside each other',
          include: [`${import.meta.dirname}/**/*.test.ts`],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...timeouts,
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
