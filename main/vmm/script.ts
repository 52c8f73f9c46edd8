/**
 * What an operation says, in the order in which QEMU says it, as steps. A step is turned into requests only
 * when everything before it was answered, so it sees what the back-end said until then.
 */
import { hasProtocol, type ProtocolFeature } from '../wire/protocol-features.ts';
import { hasVirtio } from '../wire/virtio-features.ts';
import { firstBase } from '../wire/vring-base.ts';
import type { VmmConfig } from './config.ts';
import { request, type PlannedRequest } from './request.ts';
import type { OperationKind, VmmState } from './state.ts';

export type Step =
  | { readonly kind: 'features' | 'prepare-guest' | 'protocol-offer' | 'protocol-ack' | 'queue-count' }
  | { readonly kind: 'memory-slots' | 'backend-channel' | 'owner' | 'memory' | 'status-ok' | 'status-reset' }
  | { readonly kind: 'calls' | 'start-features'; readonly pair: number }
  | { readonly kind: 'enable'; readonly pair: number; readonly on: boolean }
  | { readonly kind: 'ring-base' | 'ring-start' | 'stop-ring'; readonly queue: number }
  /** Steps that say nothing: they change what is so. */
  | { readonly kind: 'running' | 'stopped' | 'forget-areas' | 'reset-guest' };

/** ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK (virtio 1.x, "Device Status Field"). */
const STATUS_DRIVER_OK = 0x0fn;

export function stepsOf(kind: OperationKind, config: VmmConfig, state: VmmState): readonly Step[] {
  const pairs = Array.from({ length: config.queuePairs }, (_, pair) => pair);
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
        { kind: 'prepare-guest' },
        { kind: 'calls', pair: 0 },
        { kind: 'enable', pair: 0, on: true },
        ...pairs.slice(1).flatMap(furtherPair),
      ];
    case 'start':
      return [
        ...pairs.flatMap((pair) => startPair(pair)),
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
}

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

function startPair(pair: number): readonly Step[] {
  const rings = queuesOf(pair).flatMap((queue): readonly Step[] => [
    { kind: 'ring-base', queue },
    { kind: 'ring-start', queue },
  ]);
  return [{ kind: 'start-features', pair }, ...(pair === 0 ? [{ kind: 'memory' } as const] : []), ...rings];
}

function stopSteps(pairs: readonly number[], state: VmmState): readonly Step[] {
  if (state.device === 'stopped') return [];
  const rings = pairs.flatMap(queuesOf).map((queue): Step => ({ kind: 'stop-ring', queue }));
  return [...rings, { kind: 'stopped' }];
}

const queuesOf = (pair: number): readonly number[] => [pair * 2, pair * 2 + 1];

/** The requests of one step, by what is known when its turn comes. */
export function requestsOf(step: Step, config: VmmConfig, state: VmmState): readonly PlannedRequest[] {
  const has = (feature: ProtocolFeature): boolean => hasProtocol(state.negotiated.protocolAcked, feature);
  switch (step.kind) {
    case 'features':
      return [request('GET_FEATURES', null)];
    case 'protocol-offer':
      return speaksProtocol(state) ? [request('GET_PROTOCOL_FEATURES', null)] : [];
    case 'protocol-ack':
      return speaksProtocol(state) ? [request('SET_PROTOCOL_FEATURES', state.negotiated.protocolAcked)] : [];
    case 'queue-count':
      return has('MQ') ? [request('GET_QUEUE_NUM', null)] : [];
    case 'memory-slots':
      return has('CONFIGURE_MEM_SLOTS') ? [request('GET_MAX_MEM_SLOTS', null)] : [];
    case 'backend-channel':
      return has('BACKEND_REQ')
        ? [
            request('SET_BACKEND_REQ_FD', null, {
              needReply: has('REPLY_ACK'),
              fds: [{ kind: 'backend-channel' }],
            }),
          ]
        : [];
    case 'owner':
      return [request('SET_OWNER', null)];
    case 'calls':
      return queuesOf(step.pair).flatMap((queue) => [
        request('SET_VRING_CALL', { index: queue, noFd: false }, { fds: [{ kind: 'call', queue }] }),
        request('SET_VRING_ERR', { index: queue, noFd: false }, { fds: [{ kind: 'err', queue }] }),
      ]);
    case 'enable':
      return queuesOf(step.pair).map((queue) =>
        request('SET_VRING_ENABLE', { index: queue, num: step.on ? 1 : 0 }),
      );
    case 'start-features':
      return [request('SET_FEATURES', state.negotiated.virtioAcked)];
    case 'memory':
      return memoryRequests(state, has('CONFIGURE_MEM_SLOTS'), has('REPLY_ACK'));
    case 'ring-base':
      return [
        request('SET_VRING_NUM', { index: step.queue, num: config.queueSize }),
        request('SET_VRING_BASE', {
          index: step.queue,
          num: state.queues[step.queue]?.base ?? firstBase(state.negotiated.virtioAcked),
        }),
      ];
    case 'ring-start':
      return ringStart(step.queue, state);
    case 'stop-ring':
      return [request('GET_VRING_BASE', { index: step.queue, num: 0 }, { queue: step.queue })];
    case 'status-ok':
      return has('STATUS') ? [request('GET_STATUS', null), request('SET_STATUS', STATUS_DRIVER_OK)] : [];
    case 'status-reset':
      return has('STATUS') ? [request('SET_STATUS', 0n)] : [];
    case 'prepare-guest':
    case 'running':
    case 'stopped':
    case 'forget-areas':
    case 'reset-guest':
      return [];
  }
}

const speaksProtocol = (state: VmmState): boolean =>
  hasVirtio(state.negotiated.virtioOffered, 'VHOST_USER_F_PROTOCOL_FEATURES');

function memoryRequests(state: VmmState, bySlot: boolean, needReply: boolean): readonly PlannedRequest[] {
  const regions = state.guest?.regions ?? [];
  if (!bySlot)
    return [
      request('SET_MEM_TABLE', { regions }, { needReply, fds: regions.map(() => ({ kind: 'memory' })) }),
    ];
  if (state.memoryAdded) return [];
  return regions.map((region) => request('ADD_MEM_REG', region, { needReply, fds: [{ kind: 'memory' }] }));
}

function ringStart(index: number, state: VmmState): readonly PlannedRequest[] {
  const ring = state.guest?.rings[index];
  if (ring === undefined) return [];
  const { desc, avail, used } = ring;
  return [
    request('SET_VRING_ADDR', { index, logsUsedRing: false, desc, used, avail, log: 0n }),
    request('SET_VRING_KICK', { index, noFd: false }, { fds: [{ kind: 'kick', queue: index }] }),
    request('SET_VRING_CALL', { index, noFd: false }, { fds: [{ kind: 'call', queue: index }] }),
  ];
}
