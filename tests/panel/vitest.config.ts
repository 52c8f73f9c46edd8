import { defineConfig } from 'vitest/config';
import { longFirst, twoAtATime } from '../two-at-a-time.ts';

const file = (name: string): string => `${import.meta.dirname}/${name}.test.ts`;
/** What measures time or counts frames: nothing runs beside it. */
const ALONE = ['first-screen', 'grid', 'link', 'storm'].map(file);
const LONG = ['every-screen', 'histories'].map(file);
const common = {
  environment: 'node',
  pool: 'forks',
  // Files of one process share its browser.
  isolate: false,
  // Of tests that say that they may run beside each other: they look, they do not measure time.
  maxConcurrency: 2,
  testTimeout: 60_000,
  hookTimeout: 60_000,
} as const;

/** The built panel in a real browser against the fake service: two files at a time, each in a browser of its own. */
export default defineConfig({
  test: {
    globalSetup: [`${import.meta.dirname}/build-panel.ts`],
    sequence: { sequencer: longFirst(LONG) },
    projects: twoAtATime(import.meta.dirname, ALONE, common),
  },
});
