/** What the screen of devices says. */
import { count, plural } from '../format/numbers.ts';

export const deviceWords = {
  title: 'Devices',
  loading: 'Connecting to the engine',
  headline: (usable: number, all: number): string =>
    all === 0 ? 'No accelerator is configured' : `${count(usable)} of ${plural(all, 'accelerator')} usable`,
  none: 'Every queue runs in software. Start the engine with --accelerator emulated to try the other path without hardware.',
  usable: 'usable',
  notUsable: 'not usable',
  identity: 'Device and group',
  abilities: 'What it can',
  holders: 'Holders',
  holderCount: (holders: number | null): string => (holders === null ? '—' : plural(holders, 'queue')),
  holdersUnknown: '—',
  free: 'no queue: it can be released',
  blocks: 'Each of these blocks its release until it runs in software:',
  noGroup: 'none',
  noneSimulated: 'none: simulated',
  alwaysViable: 'yes, nothing else is in it',
  simulatedPages: 'one sealed memfd per queue, one page each',
  simulatedVectors: 'none: it writes the call eventfd',
  silicon: 'Silicon in reality: this cost leaves the host.',
  pages: {
    'per-queue': 'one per queue',
    shared: 'shared by all queues: never offered',
    none: 'none: relay only',
  },
  counts: 'yes, observed changes: stores coalesce',
  countsNot: 'no, shown as —',
  logsNot: 'no: migration takes its queues back to software first',
} as const;
