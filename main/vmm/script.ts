/**
 * What an operation says, as steps; their order is the profile's. A step is turned into requests only when everything
 * before it was answered, so it sees what the back-end said until then.
 */
import { netConfigBytes } from '../wire/net-config.ts';
import { hasProtocol, type ProtocolFeature } from '../wire/protocol-features.ts';
import { hasVirtio } from '../wire/virtio-features.ts';
import { firstBase } from '../wire/vring-base.ts';
import type { Iotlb } from '../wire/payload/iotlb.ts';
import type { VmmConfig } from './config.ts';
import type { Owed } from './effects.ts';
import { logBase, sentFeatures, vringAddr } from './logging.ts';
import { loneRequest, type LoneMessage } from './lone-message.ts';
import { queuesOf } from './profiles/profile.ts';
import { asking, request, withBody, type PlannedRequest } from './request.ts';
import type { VmmState } from './state.ts';

export type Step =
  | { readonly kind: 'features' | 'prepare-guest' | 'protocol-offer' | 'protocol-ack' | 'queue-count' }
  | { readonly kind: 'config' }
  | { readonly kind: 'memory-slots' | 'backend-channel' | 'owner' | 'memory' | 'status-ok' | 'status-reset' }
  | { readonly kind: 'calls' | 'start-features'; readonly pair: number }
  | { readonly kind: 'enable'; readonly pair: number; readonly on: boolean }
  | { readonly kind: 'status-features' | 'status-driver-ok' }
  | { readonly kind: 'ring-base' | 'ring-start' | 'stop-ring'; readonly queue: number }
  /** `ring-start` in parts, for front-ends that send them apart. */
  | { readonly kind: 'ring-addr' | 'ring-kick' | 'ring-call'; readonly queue: number }
  /** The ring's address again, which says whether its used part is logged. */
  | { readonly kind: 'ring-log'; readonly queue: number }
  /** From here on pages are logged, or not. */
  | { readonly kind: 'logging'; readonly on: boolean }
  | { readonly kind: 'log-base' | 'drop-log' | 'memory-gone' }
  | { readonly kind: 'say'; readonly message: LoneMessage }
  /** One change of the IOMMU's translations, acknowledged. */
  | { readonly kind: 'iotlb'; readonly message: Iotlb }
  /** The back-end asked for what the steps before did. */
  | { readonly kind: 'answer'; readonly owed: Owed | null }
  /** Steps that say nothing: they change what is so. */
  | { readonly kind: 'running' | 'stopped' | 'forget-areas' | 'reset-guest' };

/** ACKNOWLEDGE | DRIVER | FEATURES_OK, and DRIVER_OK (virtio 1.x, "Device Status Field"). */
const STATUS_FEATURES_OK = 0x0bn;
const STATUS_DRIVER_OK = 0x0fn;

/** The requests of one step, by what is known when its turn comes, as the profile asks for them. */
export function requestsOf(step: Step, config: VmmConfig, state: VmmState): readonly PlannedRequest[] {
  const { profile } = config;
  const acknowledges = hasProtocol(state.negotiated.protocolAcked, 'REPLY_ACK');
  return plainRequestsOf(step, config, state).map((one) => {
    const padded = one.name === 'SET_MEM_TABLE' ? withBody(one, profile.memTableBytes) : one;
    return acknowledges && profile.asks(one.name) ? asking(padded) : padded;
  });
}

function plainRequestsOf(step: Step, config: VmmConfig, state: VmmState): readonly PlannedRequest[] {
  const { profile } = config;
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
    case 'config':
      return has('CONFIG') ? configRequests(state) : [];
    case 'backend-channel':
      return has('BACKEND_REQ')
        ? [request('SET_BACKEND_REQ_FD', null, { fds: [{ kind: 'backend-channel' }] })]
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
      return logged(request('SET_FEATURES', sentFeatures(state)), state);
    case 'memory':
      return memoryRequests(state, has('CONFIGURE_MEM_SLOTS'));
    case 'ring-base':
      return [
        request('SET_VRING_NUM', { index: step.queue, num: config.queueSize }),
        request('SET_VRING_BASE', {
          index: step.queue,
          num: state.queues[step.queue]?.base ?? config.freshBase ?? firstBase(state.negotiated.virtioAcked),
        }),
      ];
    case 'ring-start':
      return [...ringAddress(step.queue, state), ringKick(step.queue), ringCall(step.queue)];
    case 'ring-addr':
      return ringAddress(step.queue, state);
    case 'ring-kick':
      return [ringKick(step.queue)];
    case 'ring-call':
      return [ringCall(step.queue)];
    case 'stop-ring':
      return [request('GET_VRING_BASE', { index: step.queue, num: profile.stopNum }, { queue: step.queue })];
    case 'status-ok':
      return has('STATUS') ? [request('GET_STATUS', null), request('SET_STATUS', STATUS_DRIVER_OK)] : [];
    case 'status-features':
      return has('STATUS') ? [request('SET_STATUS', STATUS_FEATURES_OK)] : [];
    case 'status-driver-ok':
      return has('STATUS') ? [request('SET_STATUS', STATUS_DRIVER_OK)] : [];
    case 'status-reset':
      return has('STATUS') ? [request('SET_STATUS', 0n)] : [];
    case 'ring-log':
      return ringAddress(step.queue, state);
    case 'log-base':
      return [logBase(state)];
    case 'memory-gone':
      return (state.guest?.regions ?? []).map((region) => request('REM_MEM_REG', region));
    case 'say':
      return [loneRequest(step.message)];
    case 'iotlb':
      return [request('IOTLB_MSG', step.message, { needReply: true })];
    case 'logging':
    case 'drop-log':
    case 'answer':
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

/** In one read from its start, as far as the back-end's features say that there is something to read. */
function configRequests({ negotiated }: VmmState): readonly PlannedRequest[] {
  const bytes = netConfigBytes(negotiated.virtioOffered);
  return bytes === 0 ? [] : [request('GET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(bytes) })];
}

function memoryRequests(state: VmmState, bySlot: boolean): readonly PlannedRequest[] {
  const regions = state.guest?.regions ?? [];
  if (!bySlot)
    return [request('SET_MEM_TABLE', { regions }, { fds: regions.map(() => ({ kind: 'memory' })) })];
  if (state.memoryAdded) return [];
  return regions.map((region) => request('ADD_MEM_REG', region, { fds: [{ kind: 'memory' }] }));
}

function ringAddress(index: number, state: VmmState): readonly PlannedRequest[] {
  const ring = state.guest?.rings[index];
  if (ring === undefined) return [];
  return logged(request('SET_VRING_ADDR', vringAddr(index, ring, state)), state);
}

/** While pages are logged QEMU waits until this was done, by a question behind it where nothing is acknowledged. */
function logged(planned: PlannedRequest, { logging, negotiated }: VmmState): readonly PlannedRequest[] {
  if (!logging) return [planned];
  return hasProtocol(negotiated.protocolAcked, 'REPLY_ACK')
    ? [asking(planned)]
    : [planned, request('GET_FEATURES', null)];
}

const ringKick = (queue: number): PlannedRequest =>
  request('SET_VRING_KICK', { index: queue, noFd: false }, { fds: [{ kind: 'kick', queue }] });
const ringCall = (queue: number): PlannedRequest =>
  request('SET_VRING_CALL', { index: queue, noFd: false }, { fds: [{ kind: 'call', queue }] });
