import { err, ok, type Result } from '../../base/result.ts';
import { frontendAddr, guestAddr, U64_END, type FrontendAddr, type GuestAddr } from '../address.ts';
import type { FieldReader, FieldWriter } from '../bytes.ts';
import type { FieldError } from './codec.ts';

/** Bytes of one region; the 40-byte form of XEN_MMAP is never negotiated here. */
export const MEM_REGION_BYTES = 32;

/** `{u64 guest address; u64 size; u64 user address; u64 mmap offset}` */
export interface MemRegion {
  readonly guestAddress: GuestAddr;
  readonly size: bigint;
  readonly frontendAddress: FrontendAddr;
  readonly mmapOffset: bigint;
}

/** Refuses a region that is empty or runs past the end of any of its three address spaces. */
export function readMemRegion(fields: FieldReader): Result<MemRegion, FieldError> {
  const guestAddress = fields.u64();
  const size = fields.u64();
  const userAddress = fields.u64();
  const mmapOffset = fields.u64();
  if (size === 0n) return err({ field: 'size', message: 'a memory region is empty' });
  if (guestAddress + size > U64_END)
    return err({ field: 'guest address', message: 'a memory region runs past the guest address space' });
  if (userAddress + size > U64_END)
    return err({ field: 'user address', message: 'a memory region runs past the front-end address space' });
  if (mmapOffset + size > U64_END)
    return err({ field: 'mmap offset', message: 'a memory region runs past the largest file' });
  return ok({
    guestAddress: guestAddr(guestAddress),
    size,
    frontendAddress: frontendAddr(userAddress),
    mmapOffset,
  });
}

export function writeMemRegion(fields: FieldWriter, region: MemRegion): void {
  fields.u64(region.guestAddress).u64(region.size).u64(region.frontendAddress).u64(region.mmapOffset);
}
