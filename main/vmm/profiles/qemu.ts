/** QEMU 7.2: every pair is a device of its own to it, and ENABLE goes before anything else of a ring. */
import type { FrontendName } from '../../wire/table/frontend.ts';
import { PROTOCOL_FEATURES } from '../config.ts';
import type { Step } from '../script.ts';
import type { VmmState } from '../state.ts';
import { pairsOf, queuesOf, type Profile } from './profile.ts';

/** It waits where it must: for its memory, for the channel of the back-end, and for what it will tell its guest. */
const ASKED: ReadonlySet<FrontendName> = new Set([
  'SET_MEM_TABLE',
  'ADD_MEM_REG',
  'REM_MEM_REG',
  'SET_BACKEND_REQ_FD',
  'NET_SET_MTU',
]);

export const qemu: Profile = {
  name: 'qemu',
  protocolFeatures: PROTOCOL_FEATURES,
  asks: (name) => ASKED.has(name),
  memTableBytes: 0,
  stopNum: 0,
  steps: (kind, config, state) => {
    const pairs = pairsOf(config);
    switch (kind) {
      case 'connect':
        return [
          { kind: 'features' },
          { kind: 'protocol-offer' },
          { kind: 'protocol-ack' },
          { kind: 'queue-count' },
          { kind: 'memory-slots' },
          { kind: 'backend-channel' },
          { kind: 'owner' },
          { kind: 'features' },
          { kind: 'config' },
          { kind: 'prepare-guest' },
          { kind: 'calls', pair: 0 },
          { kind: 'enable', pair: 0, on: true },
          ...pairs.slice(1).flatMap(furtherPair),
        ];
      case 'start':
        return [
          ...pairs.flatMap((pair) => startPair(pair, state)),
          { kind: 'status-ok' },
          // The driver asks for its further pairs once it runs: by then the VMM enables them.
          ...pairs.slice(1).map((pair): Step => ({ kind: 'enable', pair, on: true })),
          { kind: 'running' },
        ];
      case 'stop':
        return stopSteps(pairs, state);
      case 'reset':
        return [
          ...stopSteps(pairs, state),
          { kind: 'forget-areas' },
          { kind: 'status-reset' },
          { kind: 'reset-guest' },
          ...pairs.map((pair): Step => ({ kind: 'enable', pair, on: pair === 0 })),
        ];
    }
  },
};

/** Each further pair is a device of its own to QEMU: it repeats the feature exchange. */
function furtherPair(pair: number): readonly Step[] {
  return [
    { kind: 'features' },
    { kind: 'protocol-offer' },
    { kind: 'protocol-ack' },
    { kind: 'queue-count' },
    { kind: 'memory-slots' },
    { kind: 'features' },
    { kind: 'calls', pair },
    { kind: 'enable', pair, on: false },
  ];
}

function startPair(pair: number, { logging }: VmmState): readonly Step[] {
  const rings = queuesOf(pair).flatMap((queue): readonly Step[] => [
    { kind: 'ring-base', queue },
    { kind: 'ring-start', queue },
  ]);
  // Memory and the bitmap of dirty pages are the first pair's, for all.
  return pair === 0
    ? [
        { kind: 'start-features', pair },
        { kind: 'memory' },
        ...rings,
        ...(logging ? [{ kind: 'log-base' } as const] : []),
      ]
    : [{ kind: 'start-features', pair }, ...rings];
}

function stopSteps(pairs: readonly number[], state: VmmState): readonly Step[] {
  if (state.device === 'stopped') return [];
  const rings = pairs.flatMap(queuesOf).map((queue): Step => ({ kind: 'stop-ring', queue }));
  return [...rings, { kind: 'stopped' }];
}
