/** What a ring is started with: the state keeps it, the ports take it. */
import type { FrontendAddr } from '../wire/address.ts';

/** Where a ring lies, as the front-end names it. */
export interface RingAddresses {
  readonly desc: FrontendAddr;
  readonly avail: FrontendAddr;
  readonly used: FrontendAddr;
}

/** All that starts a ring. */
export interface RingConfig extends RingAddresses {
  readonly size: number;
  /** Negotiated virtio features. */
  readonly features: bigint;
  /** Where to go on, as in SET_VRING_BASE. */
  readonly base: number;
  /** Its addresses, and those in its descriptors, are I/O virtual. */
  readonly behindIommu: boolean;
}
