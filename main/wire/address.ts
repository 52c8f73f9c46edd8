import type { Brand } from '../base/brand.ts';

/** An address in the front-end's own address space, as ring addresses are sent. */
export type FrontendAddr = Brand<bigint, 'FrontendAddr'>;
/** A guest-physical address. */
export type GuestAddr = Brand<bigint, 'GuestAddr'>;

export const frontendAddr = (value: bigint): FrontendAddr => value as FrontendAddr;
export const guestAddr = (value: bigint): GuestAddr => value as GuestAddr;

/** One past the highest u64: an address range must end at or below it. */
export const U64_END = 1n << 64n;
