/**
 * THE TABLE, front-end to back-end: one row per message of vhost-user's "Front-end message types", in
 * the order of their numbers, for both dialects.
 */
import { config, type Config } from '../payload/config.ts';
import { empty, type Empty } from '../payload/empty.ts';
import { inflight, type Inflight } from '../payload/inflight.ts';
import { iotlb, type Iotlb } from '../payload/iotlb.ts';
import { log, type Log } from '../payload/log.ts';
import { memReg } from '../payload/mem-reg.ts';
import type { MemRegion } from '../payload/mem-region.ts';
import { memTable, type MemTable } from '../payload/mem-table.ts';
import { opaque } from '../payload/opaque.ts';
import { sharedObject, type SharedObject } from '../payload/shared-object.ts';
import { transfer, type Transfer } from '../payload/transfer.ts';
import { u64 } from '../payload/u64.ts';
import { vringAddr, type VringAddr } from '../payload/vring-addr.ts';
import { vringFd, type VringFd } from '../payload/vring-fd.ts';
import { vringFlag, vringState, type VringState } from '../payload/vring-state.ts';
import {
  answersOrEmpty,
  answersStatus,
  answersValue,
  byNoFdBit,
  expects,
  expectsVirtio,
  needs,
  needsVirtio,
  oneFd,
  row,
  upstreamOnly,
  type Request,
  type Row,
} from './row.ts';

/** Request name → request payload. */
export interface FrontendPayloads {
  readonly GET_FEATURES: Empty;
  readonly SET_FEATURES: bigint;
  readonly SET_OWNER: Empty;
  readonly RESET_OWNER: Empty;
  readonly SET_MEM_TABLE: MemTable;
  readonly SET_LOG_BASE: Log;
  readonly SET_LOG_FD: Empty;
  readonly SET_VRING_NUM: VringState;
  readonly SET_VRING_ADDR: VringAddr;
  readonly SET_VRING_BASE: VringState;
  readonly GET_VRING_BASE: VringState;
  readonly SET_VRING_KICK: VringFd;
  readonly SET_VRING_CALL: VringFd;
  readonly SET_VRING_ERR: VringFd;
  readonly GET_PROTOCOL_FEATURES: Empty;
  readonly SET_PROTOCOL_FEATURES: bigint;
  readonly GET_QUEUE_NUM: Empty;
  readonly SET_VRING_ENABLE: VringState;
  readonly SEND_RARP: bigint;
  readonly NET_SET_MTU: bigint;
  readonly SET_BACKEND_REQ_FD: Empty;
  readonly IOTLB_MSG: Iotlb;
  readonly SET_VRING_ENDIAN: VringState;
  readonly GET_CONFIG: Config;
  readonly SET_CONFIG: Config;
  readonly CREATE_CRYPTO_SESSION: Uint8Array;
  readonly CLOSE_CRYPTO_SESSION: bigint;
  readonly POSTCOPY_ADVISE: Empty;
  readonly POSTCOPY_LISTEN: Empty;
  readonly POSTCOPY_END: Empty;
  readonly GET_INFLIGHT_FD: Inflight;
  readonly SET_INFLIGHT_FD: Inflight;
  readonly GPU_SET_SOCKET: Empty;
  readonly RESET_DEVICE: Empty;
  readonly VRING_KICK: VringState;
  readonly GET_MAX_MEM_SLOTS: Empty;
  readonly ADD_MEM_REG: MemRegion;
  readonly REM_MEM_REG: MemRegion;
  readonly SET_STATUS: bigint;
  readonly GET_STATUS: Empty;
  readonly GET_SHARED_OBJECT: SharedObject;
  readonly SET_DEVICE_STATE_FD: Transfer;
  readonly CHECK_DEVICE_STATE: Empty;
  readonly GET_SHMEM_CONFIG: Empty;
}
export type FrontendName = keyof FrontendPayloads;

/** Tagged by `name`, as decoded; fds travel beside it. */
export type FrontendMessage = {
  readonly [Name in FrontendName]: Request<Name, FrontendPayloads[Name]>;
}[FrontendName];

export type FrontendRow = {
  readonly [Name in FrontendName]: Row<Name, FrontendPayloads[Name]>;
}[FrontendName];

/** Largest CREATE_CRYPTO_SESSION of any version: 1 KiB of key beside its description. */
const CRYPTO_SESSION_MAX = 2048;

export const FRONTEND: { readonly [Name in FrontendName]: Row<Name, FrontendPayloads[Name]> } = {
  GET_FEATURES: row(1, 'GET_FEATURES', empty, { reply: answersValue }),
  SET_FEATURES: row(2, 'SET_FEATURES', u64),
  SET_OWNER: row(3, 'SET_OWNER', empty),
  RESET_OWNER: row(4, 'RESET_OWNER', empty),
  SET_MEM_TABLE: row(5, 'SET_MEM_TABLE', memTable, { fds: { kind: 'per-region' } }),
  SET_LOG_BASE: row(6, 'SET_LOG_BASE', log, {
    fds: { kind: 'range', min: 0, max: 1 },
    gates: [expects('LOG_SHMFD')],
    reply: { kind: 'explicit-if', feature: 'LOG_SHMFD', refusal: 'impossible' },
  }),
  SET_LOG_FD: row(7, 'SET_LOG_FD', empty, { fds: oneFd }),
  SET_VRING_NUM: row(8, 'SET_VRING_NUM', vringState),
  SET_VRING_ADDR: row(9, 'SET_VRING_ADDR', vringAddr),
  SET_VRING_BASE: row(10, 'SET_VRING_BASE', vringState),
  // `num` is garbage in what DPDK sends: nothing here looks at it.
  GET_VRING_BASE: row(11, 'GET_VRING_BASE', vringState, { reply: answersValue }),
  SET_VRING_KICK: row(12, 'SET_VRING_KICK', vringFd, { fds: byNoFdBit }),
  SET_VRING_CALL: row(13, 'SET_VRING_CALL', vringFd, { fds: byNoFdBit }),
  SET_VRING_ERR: row(14, 'SET_VRING_ERR', vringFd, { fds: byNoFdBit }),
  GET_PROTOCOL_FEATURES: row(15, 'GET_PROTOCOL_FEATURES', empty, {
    gates: [expectsVirtio('VHOST_USER_F_PROTOCOL_FEATURES', 'offered')],
    reply: answersValue,
  }),
  SET_PROTOCOL_FEATURES: row(16, 'SET_PROTOCOL_FEATURES', u64, {
    gates: [expectsVirtio('VHOST_USER_F_PROTOCOL_FEATURES', 'offered')],
  }),
  GET_QUEUE_NUM: row(17, 'GET_QUEUE_NUM', empty, { gates: [expects('MQ')], reply: answersValue }),
  SET_VRING_ENABLE: row(18, 'SET_VRING_ENABLE', vringFlag, {
    gates: [expectsVirtio('VHOST_USER_F_PROTOCOL_FEATURES', 'offered')],
  }),
  SEND_RARP: row(19, 'SEND_RARP', u64, { gates: [needs('RARP')] }),
  NET_SET_MTU: row(20, 'NET_SET_MTU', u64, { gates: [needs('MTU'), needsVirtio('NET_F_MTU', 'offered')] }),
  SET_BACKEND_REQ_FD: row(21, 'SET_BACKEND_REQ_FD', empty, { fds: oneFd, gates: [needs('BACKEND_REQ')] }),
  IOTLB_MSG: row(22, 'IOTLB_MSG', iotlb, {
    gates: [needsVirtio('F_ACCESS_PLATFORM')],
    reply: answersStatus,
  }),
  SET_VRING_ENDIAN: row(23, 'SET_VRING_ENDIAN', vringFlag, { gates: [needs('CROSS_ENDIAN')], served: false }),
  GET_CONFIG: row(24, 'GET_CONFIG', config, {
    gates: [needs('CONFIG')],
    reply: answersOrEmpty,
  }),
  SET_CONFIG: row(25, 'SET_CONFIG', config, { gates: [needs('CONFIG')], served: false }),
  CREATE_CRYPTO_SESSION: row(26, 'CREATE_CRYPTO_SESSION', opaque('CryptoSession', 8, CRYPTO_SESSION_MAX), {
    dialects: upstreamOnly,
    gates: [needs('CRYPTO_SESSION')],
    reply: answersValue,
    served: false,
  }),
  CLOSE_CRYPTO_SESSION: row(27, 'CLOSE_CRYPTO_SESSION', u64, {
    dialects: upstreamOnly,
    gates: [needs('CRYPTO_SESSION')],
    served: false,
  }),
  POSTCOPY_ADVISE: row(28, 'POSTCOPY_ADVISE', empty, {
    dialects: upstreamOnly,
    gates: [needs('PAGEFAULT')],
    reply: answersValue,
    served: false,
  }),
  POSTCOPY_LISTEN: row(29, 'POSTCOPY_LISTEN', empty, {
    dialects: upstreamOnly,
    gates: [needs('PAGEFAULT')],
    served: false,
  }),
  POSTCOPY_END: row(30, 'POSTCOPY_END', empty, {
    dialects: upstreamOnly,
    gates: [needs('PAGEFAULT')],
    reply: answersStatus,
    served: false,
  }),
  GET_INFLIGHT_FD: row(31, 'GET_INFLIGHT_FD', inflight, {
    dialects: upstreamOnly,
    gates: [needs('INFLIGHT_SHMFD')],
    reply: answersValue,
    served: false,
  }),
  SET_INFLIGHT_FD: row(32, 'SET_INFLIGHT_FD', inflight, {
    dialects: upstreamOnly,
    fds: oneFd,
    gates: [needs('INFLIGHT_SHMFD')],
    served: false,
  }),
  GPU_SET_SOCKET: row(33, 'GPU_SET_SOCKET', empty, { dialects: upstreamOnly, fds: oneFd, served: false }),
  RESET_DEVICE: row(34, 'RESET_DEVICE', empty, {
    dialects: upstreamOnly,
    gates: [needs('RESET_DEVICE')],
    served: false,
  }),
  VRING_KICK: row(35, 'VRING_KICK', vringState, {
    dialects: upstreamOnly,
    gates: [needs('INBAND_NOTIFICATIONS')],
    served: false,
  }),
  GET_MAX_MEM_SLOTS: row(36, 'GET_MAX_MEM_SLOTS', empty, {
    dialects: upstreamOnly,
    gates: [needs('CONFIGURE_MEM_SLOTS')],
    reply: answersValue,
  }),
  ADD_MEM_REG: row(37, 'ADD_MEM_REG', memReg, {
    dialects: upstreamOnly,
    fds: oneFd,
    gates: [needs('CONFIGURE_MEM_SLOTS')],
  }),
  // Some front-ends send the region's fd along; it is closed unused.
  REM_MEM_REG: row(38, 'REM_MEM_REG', memReg, {
    dialects: upstreamOnly,
    fds: { kind: 'range', min: 0, max: 1 },
    gates: [needs('CONFIGURE_MEM_SLOTS')],
  }),
  SET_STATUS: row(39, 'SET_STATUS', u64, { dialects: upstreamOnly, gates: [needs('STATUS')] }),
  GET_STATUS: row(40, 'GET_STATUS', empty, {
    dialects: upstreamOnly,
    gates: [expects('STATUS')],
    reply: answersValue,
  }),
  GET_SHARED_OBJECT: row(41, 'GET_SHARED_OBJECT', sharedObject, {
    dialects: upstreamOnly,
    gates: [needs('SHARED_OBJECT')],
    reply: answersStatus,
    served: false,
  }),
  SET_DEVICE_STATE_FD: row(42, 'SET_DEVICE_STATE_FD', transfer, {
    dialects: upstreamOnly,
    fds: oneFd,
    gates: [needs('DEVICE_STATE')],
    reply: answersStatus,
    served: false,
  }),
  CHECK_DEVICE_STATE: row(43, 'CHECK_DEVICE_STATE', empty, {
    dialects: upstreamOnly,
    gates: [needs('DEVICE_STATE')],
    reply: answersStatus,
    served: false,
  }),
  GET_SHMEM_CONFIG: row(44, 'GET_SHMEM_CONFIG', empty, {
    dialects: upstreamOnly,
    gates: [needs('SHMEM')],
    reply: answersValue,
    served: false,
  }),
};
