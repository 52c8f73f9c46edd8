import { defineConfig } from 'vitest/config';

/** The built panel in a real browser against the fake service: one browser at a time, for its timing is looked at. */
export default defineConfig({
  test: {
    environment: 'node',
    include: ['tests/panel/**/*.test.ts'],
    globalSetup: ['tests/panel/build-panel.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: 'forks',
    // One process for all files, so that they share a browser.
    isolate: false,
    // Of tests that say that they may run beside each other: they look, they do not measure time.
    maxConcurrency: 3,
  },
});
