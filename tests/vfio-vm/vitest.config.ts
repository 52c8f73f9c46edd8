import { defineConfig } from 'vitest/config';

/** One machine at a time: each has two virtual CPUs of its own. */
export default defineConfig({
  test: {
    include: [`${import.meta.dirname}/**/*.test.ts`],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 30_000,
    hookTimeout: 600_000,
    sequence: { concurrent: false },
  },
});
