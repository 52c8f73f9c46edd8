/**
 * DPDK 22.11, virtio-user: no channel for the back-end, hence never a notify page; ENABLE after everything else, also
 * where protocol features were not negotiated.
 */
import { protocolMask } from '../../wire/protocol-features.ts';
import type { Step } from '../script.ts';
import { pairsOf, queuesOfAll, type Profile } from './profile.ts';

export const dpdk: Profile = {
  name: 'dpdk',
  protocolFeatures: {
    upstream: protocolMask('MQ', 'REPLY_ACK', 'STATUS'),
    rfc2018: protocolMask('MQ', 'REPLY_ACK'),
  },
  asks: (name) => name === 'SET_MEM_TABLE' || name === 'SET_STATUS',
  memTableBytes: 0,
  // It sends what its stack held.
  stopNum: 0xdeadbeef,
  steps: (kind, config, state) => {
    const queues = queuesOfAll(config);
    const enable = (on: boolean): readonly Step[] =>
      pairsOf(config).map((pair): Step => ({ kind: 'enable', pair, on }));
    const stop: readonly Step[] =
      state.device === 'stopped'
        ? []
        : [
            ...enable(false),
            ...queues.map((queue): Step => ({ kind: 'stop-ring', queue })),
            { kind: 'stopped' },
          ];
    switch (kind) {
      case 'connect':
        return [
          { kind: 'owner' },
          { kind: 'features' },
          { kind: 'protocol-offer' },
          { kind: 'protocol-ack' },
          { kind: 'queue-count' },
          { kind: 'prepare-guest' },
        ];
      case 'start':
        return [
          ...queues.map((queue): Step => ({ kind: 'ring-call', queue })),
          { kind: 'start-features', pair: 0 },
          { kind: 'status-features' },
          { kind: 'memory' },
          ...queues.flatMap((queue): readonly Step[] => [
            { kind: 'ring-base', queue },
            { kind: 'ring-addr', queue },
            { kind: 'ring-kick', queue },
          ]),
          ...enable(true),
          { kind: 'status-driver-ok' },
          { kind: 'running' },
        ];
      case 'stop':
        return stop;
      case 'reset':
        return [...stop, { kind: 'forget-areas' }, { kind: 'status-reset' }, { kind: 'reset-guest' }];
    }
  },
};
