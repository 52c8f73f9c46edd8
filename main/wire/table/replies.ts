/**
 * Payloads of explicit replies to front-end requests; every other answer is a u64 acknowledgement. The only
 * back-end request with an explicit reply (SHARED_OBJECT_LOOKUP) answers a u64 as well.
 */
import { config, type Config } from '../payload/config.ts';
import type { PayloadCodec } from '../payload/codec.ts';
import { empty, type Empty } from '../payload/empty.ts';
import { inflight, type Inflight } from '../payload/inflight.ts';
import { opaque } from '../payload/opaque.ts';
import { shmemConfig, type ShmemConfig } from '../payload/shmem-config.ts';
import { u64 } from '../payload/u64.ts';
import { vringState, type VringState } from '../payload/vring-state.ts';

export interface FrontendReplies {
  readonly GET_FEATURES: bigint;
  readonly SET_LOG_BASE: Empty;
  readonly GET_VRING_BASE: VringState;
  readonly GET_PROTOCOL_FEATURES: bigint;
  readonly GET_QUEUE_NUM: bigint;
  readonly IOTLB_MSG: bigint;
  readonly GET_CONFIG: Config;
  readonly CREATE_CRYPTO_SESSION: Uint8Array;
  readonly POSTCOPY_ADVISE: Empty;
  readonly POSTCOPY_END: bigint;
  readonly GET_INFLIGHT_FD: Inflight;
  readonly GET_MAX_MEM_SLOTS: bigint;
  readonly GET_STATUS: bigint;
  readonly GET_SHARED_OBJECT: bigint;
  readonly SET_DEVICE_STATE_FD: bigint;
  readonly CHECK_DEVICE_STATE: bigint;
  readonly GET_SHMEM_CONFIG: ShmemConfig;
}
export type ReplyName = keyof FrontendReplies;

/** Payload and fds of an explicit reply. */
interface ReplyRow<Payload> {
  readonly payload: PayloadCodec<Payload>;
  readonly maxFds: 0 | 1;
}

export const REPLIES: { readonly [Name in ReplyName]: ReplyRow<FrontendReplies[Name]> } = {
  GET_FEATURES: { payload: u64, maxFds: 0 },
  // The specification gives no payload; QEMU looks at the id only, DPDK sends none.
  SET_LOG_BASE: { payload: empty, maxFds: 0 },
  GET_VRING_BASE: { payload: vringState, maxFds: 0 },
  GET_PROTOCOL_FEATURES: { payload: u64, maxFds: 0 },
  GET_QUEUE_NUM: { payload: u64, maxFds: 0 },
  IOTLB_MSG: { payload: u64, maxFds: 0 },
  GET_CONFIG: { payload: config, maxFds: 0 },
  CREATE_CRYPTO_SESSION: { payload: opaque('CryptoSession', 8, 2048), maxFds: 0 },
  POSTCOPY_ADVISE: { payload: empty, maxFds: 1 },
  POSTCOPY_END: { payload: u64, maxFds: 0 },
  GET_INFLIGHT_FD: { payload: inflight, maxFds: 1 },
  GET_MAX_MEM_SLOTS: { payload: u64, maxFds: 0 },
  GET_STATUS: { payload: u64, maxFds: 0 },
  GET_SHARED_OBJECT: { payload: u64, maxFds: 1 },
  SET_DEVICE_STATE_FD: { payload: u64, maxFds: 1 },
  CHECK_DEVICE_STATE: { payload: u64, maxFds: 0 },
  GET_SHMEM_CONFIG: { payload: shmemConfig, maxFds: 0 },
};
