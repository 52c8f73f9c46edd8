/**
 * The configuration of a virtio-net device (virtio 1.2 §5.1.4), which GET_CONFIG shows windows of. Its fields are
 * little-endian whatever the machine is, as a driver of VERSION_1 reads them:
 *
 *   0 mac[6] · 6 status · 8 max_virtqueue_pairs · 10 mtu · 12 speed (u32) · 16 duplex (u8) · 17 RSS and hashing
 *
 * A field says something only where its feature is offered.
 */
import { hasVirtio, type VirtioFeature } from './virtio-features.ts';

export interface NetConfig {
  /** Lower-case with colons; null: the guest chooses. */
  readonly mac: string | null;
  readonly linkUp: boolean;
  readonly queuePairs: number;
  readonly mtu: number | null;
}

/** What a front-end knows of its device: null where the feature of a field is not offered. */
export interface KnownNetConfig {
  readonly mac: string | null;
  readonly link: 'up' | 'down' | null;
  readonly queuePairs: number | null;
  readonly mtu: number | null;
}

const MAC_BYTES = 6;
const STATUS_AT = 6;
const PAIRS_AT = 8;
const MTU_AT = 10;
const SPEED_AT = 12;
const DUPLEX_AT = 16;
const BYTES = 24;

const LINK_UP = 1;
/** VIRTIO_NET_F_SPEED_DUPLEX is not offered; these are what such fields say where nothing is known. */
const SPEED_UNKNOWN = 0xffff_ffff;
const DUPLEX_UNKNOWN = 0xff;

/** Where the field of each feature ends, last one first. */
const ENDS = [
  ['NET_F_MTU', SPEED_AT],
  ['NET_F_MQ', MTU_AT],
  ['NET_F_STATUS', PAIRS_AT],
  ['NET_F_MAC', MAC_BYTES],
] as const;

export function encodeNetConfig({ mac, linkUp, queuePairs, mtu }: NetConfig): Uint8Array {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  if (mac !== null) bytes.set(mac.split(':').map((byte) => Number.parseInt(byte, 16)));
  view.setUint16(STATUS_AT, linkUp ? LINK_UP : 0, true);
  view.setUint16(PAIRS_AT, queuePairs, true);
  view.setUint16(MTU_AT, mtu ?? 0, true);
  view.setUint32(SPEED_AT, SPEED_UNKNOWN, true);
  view.setUint8(DUPLEX_AT, DUPLEX_UNKNOWN);
  return bytes;
}

/** Whether a window of the structure shows the bit that tells whether the link is up. */
export const showsLink = (offset: number, size: number): boolean =>
  offset <= STATUS_AT && offset + size > STATUS_AT;

/** How much of the structure there is to read where these features are offered: up to its last field that counts. */
export const netConfigBytes = (offered: bigint): number =>
  ENDS.find(([feature]) => hasVirtio(offered, feature))?.[1] ?? 0;

/** Of the first `netConfigBytes(offered)` bytes. */
export function decodeNetConfig(bytes: Uint8Array, offered: bigint): KnownNetConfig {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (feature: VirtioFeature, at: number): number | null =>
    hasVirtio(offered, feature) ? view.getUint16(at, true) : null;
  const status = word('NET_F_STATUS', STATUS_AT);
  return {
    mac: hasVirtio(offered, 'NET_F_MAC') ? macOf(bytes) : null,
    link: status === null ? null : (status & LINK_UP) === 0 ? 'down' : 'up',
    queuePairs: word('NET_F_MQ', PAIRS_AT),
    mtu: word('NET_F_MTU', MTU_AT),
  };
}

const macOf = (bytes: Uint8Array): string =>
  [...bytes.subarray(0, MAC_BYTES)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
