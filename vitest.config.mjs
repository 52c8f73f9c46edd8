import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Unit tests, beside their subjects. What crosses processes (tests/peers, tests/panel) has runners of its own. */
export default defineConfig({
  test: {
    environment: 'node',
    include: [
      'main/**/*.test.ts',
      'app/**/*.test.ts',
      'renderer/**/*.test.{ts,tsx}',
      'tools/**/*.test.ts',
      'tests/{doors,cli,docs,fuzz,truth}/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', 'tests/peers/**', 'tests/panel/**'],
    pool: 'forks',
    // By default one core stays free for a person who goes on working.
    maxWorkers: availableParallelism(),
    // The collector must be callable to show what happens to a handle that nobody closed.
    execArgv: ['--expose-gc'],
  },
});
