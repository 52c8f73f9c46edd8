import { defineConfig } from 'vitest/config';

/** The lab fills both cores, so nothing runs beside it. */
export default defineConfig({
  test: {
    include: [`${import.meta.dirname}/**/*.test.ts`],
    fileParallelism: false,
    pool: 'forks',
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
