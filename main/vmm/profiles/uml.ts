/**
 * User-mode Linux (virtio_uml of Linux 6.1): everything about rings is acknowledged, memory comes with a longer body
 * than its count needs, and a device that is given up is disabled, never asked for its indices.
 */
import { protocolMask } from '../../wire/protocol-features.ts';
import type { FrontendName } from '../../wire/table/frontend.ts';
import type { Step } from '../script.ts';
import { pairsOf, queuesOfAll, type Profile } from './profile.ts';

/** Its mask beside in-band notifications. */
const PROTOCOL = protocolMask('REPLY_ACK', 'BACKEND_REQ');

/** It asks for all that it sends on behalf of its rings and its memory. */
const ASKED: ReadonlySet<FrontendName> = new Set([
  'SET_MEM_TABLE',
  'SET_VRING_NUM',
  'SET_VRING_ADDR',
  'SET_VRING_BASE',
  'SET_VRING_KICK',
  'SET_VRING_CALL',
  'SET_VRING_ENABLE',
  'SET_BACKEND_REQ_FD',
]);

/** Room for two regions, of which it counts one. */
const MEM_TABLE_BYTES = 72;

export const uml: Profile = {
  name: 'uml',
  // It knows one queue pair, no status and no memory slots; in rfc2018 the groups come beside.
  protocolFeatures: {
    upstream: PROTOCOL | protocolMask('CONFIG'),
    rfc2018: PROTOCOL | protocolMask('F_VFIO'),
  },
  asks: (name) => ASKED.has(name),
  memTableBytes: MEM_TABLE_BYTES,
  stopNum: 0,
  steps: (kind, config, state) => {
    const queues = queuesOfAll(config);
    const giveUp: readonly Step[] = [
      ...pairsOf(config).map((pair): Step => ({ kind: 'enable', pair, on: false })),
      { kind: 'features' },
      { kind: 'forget-areas' },
      { kind: 'stopped' },
      { kind: 'reset-guest' },
    ];
    switch (kind) {
      case 'connect':
        return [
          { kind: 'owner' },
          { kind: 'features' },
          { kind: 'protocol-offer' },
          { kind: 'protocol-ack' },
          { kind: 'backend-channel' },
          { kind: 'prepare-guest' },
        ];
      case 'start':
        return [
          { kind: 'start-features', pair: 0 },
          // Its driver asks byte by byte; what it learns is the same.
          { kind: 'config' },
          { kind: 'memory' },
          ...queues.flatMap((queue): readonly Step[] => [
            { kind: 'ring-call', queue },
            { kind: 'ring-base', queue },
            { kind: 'ring-addr', queue },
          ]),
          ...queues.map((queue): Step => ({ kind: 'ring-kick', queue })),
          ...pairsOf(config).map((pair): Step => ({ kind: 'enable', pair, on: true })),
          { kind: 'running' },
        ];
      case 'stop':
      case 'reset':
        return state.device === 'stopped' ? [] : giveUp;
    }
  },
};
