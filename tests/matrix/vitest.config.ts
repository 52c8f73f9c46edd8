import { defineConfig } from 'vitest/config';

/** It counts what the process holds, so nothing runs beside it. */
export default defineConfig({
  test: {
    include: [`${import.meta.dirname}/**/*.test.ts`],
    fileParallelism: false,
    pool: 'forks',
    // A test may ask the collector to run before it counts.
    execArgv: ['--expose-gc'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
