/**
 * THE TABLE, back-end to front-end: requests on the socket of SET_BACKEND_REQ_FD. Its numbers are a space
 * of their own, and 3 and 4 mean different things in the two dialects.
 */
import { empty, type Empty } from '../payload/empty.ts';
import { iotlb, type Iotlb } from '../payload/iotlb.ts';
import { sharedObject, type SharedObject } from '../payload/shared-object.ts';
import { shmemMap, type ShmemMap } from '../payload/shmem-map.ts';
import { vringArea, type VringArea } from '../payload/vring-area.ts';
import { vringFd, type VringFd } from '../payload/vring-fd.ts';
import { vringState, type VringState } from '../payload/vring-state.ts';
import {
  answersStatus,
  byNoFdBit,
  needs,
  needsVirtio,
  oneFd,
  rfc2018Only,
  row,
  upstreamOnly,
  type Request,
  type Row,
} from './row.ts';

/** Request name → request payload. */
export interface BackendPayloads {
  readonly BACKEND_IOTLB_MSG: Iotlb;
  readonly BACKEND_CONFIG_CHANGE_MSG: Empty;
  readonly BACKEND_VRING_HOST_NOTIFIER_MSG: VringArea;
  readonly BACKEND_VRING_CALL: VringState;
  readonly BACKEND_VRING_ERR: VringState;
  readonly BACKEND_SHARED_OBJECT_ADD: SharedObject;
  readonly BACKEND_SHARED_OBJECT_REMOVE: SharedObject;
  readonly BACKEND_SHARED_OBJECT_LOOKUP: SharedObject;
  readonly BACKEND_SHMEM_MAP: ShmemMap;
  readonly BACKEND_SHMEM_UNMAP: ShmemMap;
  /** rfc2018: the VFIO group of a queue's accelerator, or its removal. */
  readonly VRING_VFIO_GROUP_MSG: VringFd;
  /** rfc2018: the notify area of a queue, or its removal. */
  readonly VRING_NOTIFY_AREA_MSG: VringArea;
}
export type BackendName = keyof BackendPayloads;

/** Tagged by `name`, as decoded; fds travel beside it. */
export type BackendMessage = {
  readonly [Name in BackendName]: Request<Name, BackendPayloads[Name]>;
}[BackendName];

export type BackendRow = { readonly [Name in BackendName]: Row<Name, BackendPayloads[Name]> }[BackendName];

export const BACKEND: { readonly [Name in BackendName]: Row<Name, BackendPayloads[Name]> } = {
  BACKEND_IOTLB_MSG: row(1, 'BACKEND_IOTLB_MSG', iotlb, { gates: [needsVirtio('F_ACCESS_PLATFORM')] }),
  BACKEND_CONFIG_CHANGE_MSG: row(2, 'BACKEND_CONFIG_CHANGE_MSG', empty, { gates: [needs('CONFIG')] }),
  BACKEND_VRING_HOST_NOTIFIER_MSG: row(3, 'BACKEND_VRING_HOST_NOTIFIER_MSG', vringArea, {
    dialects: upstreamOnly,
    fds: byNoFdBit,
    gates: [needs('HOST_NOTIFIER')],
  }),
  VRING_VFIO_GROUP_MSG: row(3, 'VRING_VFIO_GROUP_MSG', vringFd, {
    dialects: rfc2018Only,
    fds: byNoFdBit,
    gates: [needs('F_VFIO')],
  }),
  BACKEND_VRING_CALL: row(4, 'BACKEND_VRING_CALL', vringState, {
    dialects: upstreamOnly,
    gates: [needs('INBAND_NOTIFICATIONS')],
    served: false,
  }),
  VRING_NOTIFY_AREA_MSG: row(4, 'VRING_NOTIFY_AREA_MSG', vringArea, {
    dialects: rfc2018Only,
    fds: byNoFdBit,
    gates: [needs('F_VFIO')],
  }),
  BACKEND_VRING_ERR: row(5, 'BACKEND_VRING_ERR', vringState, {
    dialects: upstreamOnly,
    gates: [needs('INBAND_NOTIFICATIONS')],
    served: false,
  }),
  BACKEND_SHARED_OBJECT_ADD: row(6, 'BACKEND_SHARED_OBJECT_ADD', sharedObject, {
    dialects: upstreamOnly,
    gates: [needs('SHARED_OBJECT')],
    served: false,
  }),
  BACKEND_SHARED_OBJECT_REMOVE: row(7, 'BACKEND_SHARED_OBJECT_REMOVE', sharedObject, {
    dialects: upstreamOnly,
    gates: [needs('SHARED_OBJECT')],
    served: false,
  }),
  BACKEND_SHARED_OBJECT_LOOKUP: row(8, 'BACKEND_SHARED_OBJECT_LOOKUP', sharedObject, {
    dialects: upstreamOnly,
    gates: [needs('SHARED_OBJECT')],
    reply: answersStatus,
    served: false,
  }),
  BACKEND_SHMEM_MAP: row(9, 'BACKEND_SHMEM_MAP', shmemMap, {
    dialects: upstreamOnly,
    fds: oneFd,
    gates: [needs('SHMEM')],
    served: false,
  }),
  BACKEND_SHMEM_UNMAP: row(10, 'BACKEND_SHMEM_UNMAP', shmemMap, {
    dialects: upstreamOnly,
    gates: [needs('SHMEM')],
    served: false,
  }),
};
