import { defineConfig } from 'vitest/config';
import { longFirst, twoAtATime } from '../two-at-a-time.ts';

const file = (name: string): string => `${import.meta.dirname}/${name}.test.ts`;
/** What measures time, fills a core by polling or has two machines of its own: nothing runs beside it. */
const ALONE = ['idle', 'migration', 'testpmd'].map(file);
const LONG = ['kill', 'guest', 'uml', 'conformance', 'drivers', 'panel-switch'].map(file);
const timeouts = { testTimeout: 120_000, hookTimeout: 60_000 };

/** Real peers: two files at a time, since each of them has a machine or two that fill a core while they boot. */
export default defineConfig({
  test: {
    pool: 'forks',
    sequence: { concurrent: false, sequencer: longFirst(LONG) },
    projects: twoAtATime(import.meta.dirname, ALONE, timeouts),
  },
});
