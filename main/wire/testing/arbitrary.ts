/** Arbitrary well-formed payloads of every row, for property tests. */
import fc from 'fast-check';
import { frontendAddr, guestAddr } from '../address.ts';
import type { MemRegion } from '../payload/mem-region.ts';
import type { BackendPayloads } from '../table/backend.ts';
import type { FrontendPayloads } from '../table/frontend.ts';
import type { FrontendReplies } from '../table/replies.ts';

type Arbitraries<Payloads> = { readonly [Name in keyof Payloads]: fc.Arbitrary<Payloads[Name]> };

const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const u16 = fc.integer({ min: 0, max: 0xffff });
const none = fc.constant(null);
const vringState = fc.record({ index: u32, num: u32 });
const vringFlag = fc.record({ index: u32, num: fc.integer({ min: 0, max: 1 }) });
const vringFd = fc.record({ index: fc.integer({ min: 0, max: 255 }), noFd: fc.boolean() });
const vringArea = fc.record({
  index: fc.integer({ min: 0, max: 255 }),
  noFd: fc.boolean(),
  size: u64,
  offset: u64,
});
const vringAddr = fc.record({
  index: u32,
  logsUsedRing: fc.boolean(),
  desc: u64.map(frontendAddr),
  used: u64.map(frontendAddr),
  avail: u64.map(frontendAddr),
  log: u64,
});
const half = fc.bigInt({ min: 0n, max: (1n << 63n) - 1n });
const region: fc.Arbitrary<MemRegion> = fc.record({
  guestAddress: half.map(guestAddr),
  size: fc.bigInt({ min: 1n, max: 1n << 63n }),
  frontendAddress: half.map(frontendAddr),
  mmapOffset: half,
});
const log = fc.oneof(
  fc.record({ kind: fc.constant('shared' as const), size: u64, offset: u64 }),
  fc.record({ kind: fc.constant('address' as const), address: u64 }),
);
const iotlb = fc.record({
  iova: u64,
  size: u64,
  userAddress: u64,
  readable: fc.boolean(),
  writable: fc.boolean(),
  type: fc.constantFrom('miss' as const, 'update' as const, 'invalidate' as const, 'access-fail' as const),
});
const config = fc.record({ offset: u32, flags: u32, data: fc.uint8Array({ maxLength: 256 }) });
const inflight = fc.record({ mmapSize: u64, mmapOffset: u64, queues: u16, queueSize: u16 });
const sharedObject = fc.record({ uuid: fc.uint8Array({ minLength: 16, maxLength: 16 }) });
const transfer = fc.record({ direction: fc.constantFrom('save' as const, 'load' as const), phase: u32 });
const crypto = fc.uint8Array({ minLength: 8, maxLength: 2048 });
const shmemMap = fc.record({
  shmid: fc.integer({ min: 0, max: 255 }),
  fdOffset: u64,
  shmOffset: u64,
  length: u64,
  writable: fc.boolean(),
});

export const frontendPayloads: Arbitraries<FrontendPayloads> = {
  GET_FEATURES: none,
  SET_FEATURES: u64,
  SET_OWNER: none,
  RESET_OWNER: none,
  SET_MEM_TABLE: fc.record({ regions: fc.array(region, { minLength: 1, maxLength: 8 }) }),
  SET_LOG_BASE: log,
  SET_LOG_FD: none,
  SET_VRING_NUM: vringState,
  SET_VRING_ADDR: vringAddr,
  SET_VRING_BASE: vringState,
  GET_VRING_BASE: vringState,
  SET_VRING_KICK: vringFd,
  SET_VRING_CALL: vringFd,
  SET_VRING_ERR: vringFd,
  GET_PROTOCOL_FEATURES: none,
  SET_PROTOCOL_FEATURES: u64,
  GET_QUEUE_NUM: none,
  SET_VRING_ENABLE: vringFlag,
  SEND_RARP: u64,
  NET_SET_MTU: u64,
  SET_BACKEND_REQ_FD: none,
  IOTLB_MSG: iotlb,
  SET_VRING_ENDIAN: vringFlag,
  GET_CONFIG: config,
  SET_CONFIG: config,
  CREATE_CRYPTO_SESSION: crypto,
  CLOSE_CRYPTO_SESSION: u64,
  POSTCOPY_ADVISE: none,
  POSTCOPY_LISTEN: none,
  POSTCOPY_END: none,
  GET_INFLIGHT_FD: inflight,
  SET_INFLIGHT_FD: inflight,
  GPU_SET_SOCKET: none,
  RESET_DEVICE: none,
  VRING_KICK: vringState,
  GET_MAX_MEM_SLOTS: none,
  ADD_MEM_REG: region,
  REM_MEM_REG: region,
  SET_STATUS: u64,
  GET_STATUS: none,
  GET_SHARED_OBJECT: sharedObject,
  SET_DEVICE_STATE_FD: transfer,
  CHECK_DEVICE_STATE: none,
  GET_SHMEM_CONFIG: none,
};

export const backendPayloads: Arbitraries<BackendPayloads> = {
  BACKEND_IOTLB_MSG: iotlb,
  BACKEND_CONFIG_CHANGE_MSG: none,
  BACKEND_VRING_HOST_NOTIFIER_MSG: vringArea,
  BACKEND_VRING_CALL: vringState,
  BACKEND_VRING_ERR: vringState,
  BACKEND_SHARED_OBJECT_ADD: sharedObject,
  BACKEND_SHARED_OBJECT_REMOVE: sharedObject,
  BACKEND_SHARED_OBJECT_LOOKUP: sharedObject,
  BACKEND_SHMEM_MAP: shmemMap,
  BACKEND_SHMEM_UNMAP: shmemMap,
  VRING_VFIO_GROUP_MSG: vringFd,
  VRING_NOTIFY_AREA_MSG: vringArea,
};

export const replyPayloads: Arbitraries<FrontendReplies> = {
  GET_FEATURES: u64,
  SET_LOG_BASE: none,
  GET_VRING_BASE: vringState,
  GET_PROTOCOL_FEATURES: u64,
  GET_QUEUE_NUM: u64,
  IOTLB_MSG: u64,
  GET_CONFIG: config,
  CREATE_CRYPTO_SESSION: crypto,
  POSTCOPY_ADVISE: none,
  POSTCOPY_END: u64,
  GET_INFLIGHT_FD: inflight,
  GET_MAX_MEM_SLOTS: u64,
  GET_STATUS: u64,
  GET_SHARED_OBJECT: u64,
  SET_DEVICE_STATE_FD: u64,
  CHECK_DEVICE_STATE: u64,
  GET_SHMEM_CONFIG: fc.record({ sizes: fc.array(u64, { minLength: 256, maxLength: 256 }) }),
};
