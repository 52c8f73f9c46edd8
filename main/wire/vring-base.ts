/**
 * The number in SET_VRING_BASE and GET_VRING_BASE. Split: the next avail index, 16 bits. Packed: two places, each an
 * index in 15 bits below its wrap counter; bits 0-15 are avail's, bits 16-31 used's (vhost-user, "Vring base").
 */
import { hasVirtio } from './virtio-features.ts';

const isPacked = (features: bigint): boolean => hasVirtio(features, 'F_RING_PACKED');

/** Where a fresh ring begins: both wrap counters of a packed one are 1. */
export function firstBase(features: bigint): number {
  return isPacked(features) ? 0x8000_8000 : 0;
}

/** Whether a ring of this format can have such a base, its size aside. */
export function fitsBase(features: bigint, base: number): boolean {
  return isPacked(features) || base <= 0xffff;
}
