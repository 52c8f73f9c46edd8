/**
 * The log of dirty pages, for a migration: the back-end marks each page that it writes in a bitmap of this front-end's.
 * The order is QEMU's, the one VMM here that logs: the bitmap, then the features with VHOST_F_LOG_ALL, then the address of
 * every ring, whose used part is logged as well; the same without the bitmap when it ends. Whoever starts a device while
 * pages are logged says so with its features and addresses, and shares the bitmap last.
 */
import { guestAddr, type GuestAddr } from '../wire/address.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { VringAddr } from '../wire/payload/vring-addr.ts';
import { hasProtocol } from '../wire/protocol-features.ts';
import { hasVirtio, virtioMask } from '../wire/virtio-features.ts';
import type { VmmConfig } from './config.ts';
import type { VmmFailure } from './effects.ts';
import { pairsOf, queuesOf } from './profiles/profile.ts';
import { request, type PlannedRequest } from './request.ts';
import type { Step } from './script.ts';
import type { RingPlace, VmmState } from './state.ts';

/** Bytes of guest memory for each bit, whatever the pages of host and guest are. */
const LOG_PAGE = 4096n;
/** QEMU counts the bitmap in words of 64 bits. */
const WORD_BYTES = 8n;
const WORD_PAGES = WORD_BYTES * 8n;

/** Bytes of a bitmap for all of this memory, counted from guest address 0. */
export function logBytes(regions: readonly MemRegion[]): bigint {
  const end = regions.reduce((most, { guestAddress, size }) => {
    const own = guestAddress + size;
    return own > most ? own : most;
  }, LOG_PAGE);
  return ((end - 1n) / (LOG_PAGE * WORD_PAGES) + 1n) * WORD_BYTES;
}

/** Guest addresses of the pages whose bits are set, ascending. */
export function markedPages(bitmap: Uint8Array): readonly GuestAddr[] {
  const pages: GuestAddr[] = [];
  for (const [position, marks] of bitmap.entries())
    for (let bit = 0; marks >> bit !== 0; bit++)
      if (((marks >> bit) & 1) === 1) pages.push(guestAddr(BigInt(position * 8 + bit) * LOG_PAGE));
  return pages;
}

export function loggingSteps(on: boolean, config: VmmConfig, state: VmmState): readonly Step[] {
  const bitmap: readonly Step[] = on ? [{ kind: 'log-base' }] : [];
  const told: readonly Step[] =
    state.device === 'stopped'
      ? []
      : [
          ...bitmap,
          ...pairsOf(config).flatMap((pair): readonly Step[] => [
            { kind: 'start-features', pair },
            ...queuesOf(pair).map((queue): Step => ({ kind: 'ring-log', queue })),
          ]),
        ];
  return [{ kind: 'logging', on }, ...told, ...(on ? [] : [{ kind: 'drop-log' } as const])];
}

/** Why nothing can be logged here; null where it can. */
export function unfitForLogging(state: VmmState): VmmFailure | null {
  if (state.logging) return { code: 'state', message: 'Dirty pages are logged already' };
  const lacks = (what: string): VmmFailure => ({
    code: 'features',
    message: `The back-end does not offer ${what}: its guest cannot be migrated`,
  });
  if (!hasVirtio(state.negotiated.virtioOffered, 'VHOST_F_LOG_ALL')) return lacks('VHOST_F_LOG_ALL');
  return hasProtocol(state.negotiated.protocolAcked, 'LOG_SHMFD') ? null : lacks('LOG_SHMFD');
}

/** The features to send now. */
export const sentFeatures = ({ negotiated, logging }: VmmState): bigint =>
  negotiated.virtioAcked | (logging ? virtioMask('VHOST_F_LOG_ALL') : 0n);

export function logBase(state: VmmState): PlannedRequest {
  const size = logBytes(state.guest?.regions ?? []);
  return request('SET_LOG_BASE', { kind: 'shared', size, offset: 0n }, { fds: [{ kind: 'log', size }] });
}

/** A ring's addresses; the used part is logged by guest address, behind an IOMMU by what the device calls it. */
export function vringAddr(index: number, ring: RingPlace, state: VmmState): VringAddr {
  const { desc, avail, used } = ring;
  const log = state.logging ? usedForLog(used, state) : 0n;
  return { index, logsUsedRing: state.logging, desc, used, avail, log };
}

function usedForLog(used: bigint, { guest, negotiated }: VmmState): bigint {
  if (hasVirtio(negotiated.virtioAcked, 'F_ACCESS_PLATFORM')) return used;
  const region = guest?.regions.find(
    ({ frontendAddress, size }) => used >= frontendAddress && used < frontendAddress + size,
  );
  return region === undefined ? used : region.guestAddress + (used - region.frontendAddress);
}
