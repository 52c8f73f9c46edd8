import { defineConfig } from 'vitest/config';

/** Real peers: one at a time, since each of them can fill a core. */
export default defineConfig({
  test: {
    include: [`${import.meta.dirname}/**/*.test.ts`],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    sequence: { concurrent: false },
  },
});
