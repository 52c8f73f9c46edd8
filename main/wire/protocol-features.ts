import type { Dialect } from './dialect.ts';
import { maskOf } from './bit.ts';
import { formatBits } from './feature-names.ts';

/** Bit numbers of GET_PROTOCOL_FEATURES / SET_PROTOCOL_FEATURES in the upstream dialect. */
export const PROTOCOL_BITS = {
  MQ: 0,
  LOG_SHMFD: 1,
  RARP: 2,
  REPLY_ACK: 3,
  MTU: 4,
  BACKEND_REQ: 5,
  CROSS_ENDIAN: 6,
  CRYPTO_SESSION: 7,
  PAGEFAULT: 8,
  CONFIG: 9,
  BACKEND_SEND_FD: 10,
  HOST_NOTIFIER: 11,
  INFLIGHT_SHMFD: 12,
  RESET_DEVICE: 13,
  INBAND_NOTIFICATIONS: 14,
  CONFIGURE_MEM_SLOTS: 15,
  STATUS: 16,
  XEN_MMAP: 17,
  SHARED_OBJECT: 18,
  DEVICE_STATE: 19,
  GET_VRING_BASE_INFLIGHT: 20,
  GPA_ADDRESSES: 21,
  SHMEM: 22,
} as const;

/**
 * The draft of 2018 took bit 8 for F_VFIO in its code ("bit 7" in its prose is a slip: that number was
 * CRYPTO_SESSION by then). Above it only bits 0…6 can be meant the same way by both sides.
 */
export const RFC2018_BITS = {
  MQ: 0,
  LOG_SHMFD: 1,
  RARP: 2,
  REPLY_ACK: 3,
  MTU: 4,
  BACKEND_REQ: 5,
  CROSS_ENDIAN: 6,
  F_VFIO: 8,
} as const;

export type UpstreamFeature = keyof typeof PROTOCOL_BITS;
export type ProtocolFeature = UpstreamFeature | keyof typeof RFC2018_BITS;

const ALL_BITS: Readonly<Record<ProtocolFeature, number>> = { ...PROTOCOL_BITS, ...RFC2018_BITS };

export function protocolMask(...features: readonly ProtocolFeature[]): bigint {
  return features.reduce((mask, feature) => mask | maskOf(ALL_BITS[feature]), 0n);
}

export function hasProtocol(features: bigint, feature: ProtocolFeature): boolean {
  return (features & maskOf(ALL_BITS[feature])) !== 0n;
}

/** Name and number, as a person looks it up. */
export const describeProtocol = (feature: ProtocolFeature): string => `${feature} (bit ${ALL_BITS[feature]})`;

/** Bits that a dialect knows: anything above is never offered in it and refused when asked for. */
export function protocolBitsOf(dialect: Dialect): bigint {
  const bits = Object.values(dialect === 'upstream' ? PROTOCOL_BITS : RFC2018_BITS);
  return bits.reduce((mask, bit) => mask | maskOf(bit), 0n);
}

/** Names of the set bits, lowest first; a bit that the dialect does not know is `bit N`. */
export function protocolFeatureNames(features: bigint, dialect: Dialect): readonly string[] {
  return formatBits(features, dialect === 'upstream' ? PROTOCOL_BITS : RFC2018_BITS);
}
