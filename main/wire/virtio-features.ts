import { maskOf } from './bit.ts';
import { formatBits } from './feature-names.ts';

/** Bit numbers of GET_FEATURES / SET_FEATURES: virtio-net, ring and vhost-user's own. */
export const VIRTIO_BITS = {
  NET_F_CSUM: 0,
  NET_F_GUEST_CSUM: 1,
  NET_F_CTRL_GUEST_OFFLOADS: 2,
  NET_F_MTU: 3,
  NET_F_MAC: 5,
  NET_F_GUEST_TSO4: 7,
  NET_F_GUEST_TSO6: 8,
  NET_F_GUEST_ECN: 9,
  NET_F_GUEST_UFO: 10,
  NET_F_HOST_TSO4: 11,
  NET_F_HOST_TSO6: 12,
  NET_F_HOST_ECN: 13,
  NET_F_HOST_UFO: 14,
  NET_F_MRG_RXBUF: 15,
  NET_F_STATUS: 16,
  NET_F_CTRL_VQ: 17,
  NET_F_CTRL_RX: 18,
  NET_F_CTRL_VLAN: 19,
  NET_F_GUEST_ANNOUNCE: 21,
  NET_F_MQ: 22,
  NET_F_CTRL_MAC_ADDR: 23,
  F_NOTIFY_ON_EMPTY: 24,
  VHOST_F_LOG_ALL: 26,
  F_ANY_LAYOUT: 27,
  F_INDIRECT_DESC: 28,
  F_EVENT_IDX: 29,
  VHOST_USER_F_PROTOCOL_FEATURES: 30,
  F_VERSION_1: 32,
  F_ACCESS_PLATFORM: 33,
  F_RING_PACKED: 34,
  F_IN_ORDER: 35,
  F_ORDER_PLATFORM: 36,
  F_SR_IOV: 37,
  F_NOTIFICATION_DATA: 38,
  F_NOTIF_CONFIG_DATA: 39,
  F_RING_RESET: 40,
  NET_F_HASH_REPORT: 57,
  NET_F_RSS: 60,
} as const;
export type VirtioFeature = keyof typeof VIRTIO_BITS;

export function virtioMask(...features: readonly VirtioFeature[]): bigint {
  return features.reduce((mask, feature) => mask | maskOf(VIRTIO_BITS[feature]), 0n);
}

/** Never shown to a guest: they mean something between front-end and back-end only. */
export const VHOST_ONLY_BITS = virtioMask('VHOST_F_LOG_ALL', 'VHOST_USER_F_PROTOCOL_FEATURES');

export function hasVirtio(features: bigint, feature: VirtioFeature): boolean {
  return (features & maskOf(VIRTIO_BITS[feature])) !== 0n;
}

/** Names of the set bits, lowest first; a bit without a name is `bit N`. */
export function virtioFeatureNames(features: bigint): readonly string[] {
  return formatBits(features, VIRTIO_BITS);
}
