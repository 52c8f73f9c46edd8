/**
 * What an endpoint offers: exactly what is implemented, and no virtio feature that one of its accelerators
 * lacks, since a ring may move at any time (design rule 17). Fixed before GET_FEATURES.
 */
import type { Accelerator } from '../engine/ports.ts';
import type { Dialect } from '../wire/dialect.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { virtioMask } from '../wire/virtio-features.ts';

/** Each keeps its fd open here; a table is mapped anew for each change, so this is not for thousands. */
export const MAX_MEMORY_SLOTS = 64;

/** The front-end serves the control queue itself; it offers multiqueue to its guest only if the back-end does. */
export function offeredFeatures(
  dataPath: bigint,
  accelerators: readonly Accelerator[],
  queuePairs: number,
  mtu: number | null,
  iommu: boolean,
): bigint {
  const ring = accelerators.reduce((mask, { capabilities }) => mask & capabilities.features, dataPath);
  const device = virtioMask('VHOST_USER_F_PROTOCOL_FEATURES', 'VHOST_F_LOG_ALL');
  const net = (queuePairs > 1 ? virtioMask('NET_F_MQ') : 0n) | (mtu !== null ? virtioMask('NET_F_MTU') : 0n);
  // Between front-end and engine: an accelerator that does not follow the vIOMMU is not used while there is one.
  return ring | device | net | (iommu ? virtioMask('F_ACCESS_PLATFORM') : 0n);
}

/** rfc2018: bits 0…6 and 8 only. A front-end of today takes bit 8 for PAGEFAULT; its answer to a group tells. */
const ALWAYS: Readonly<Record<Dialect, bigint>> = {
  upstream: protocolMask(
    'LOG_SHMFD',
    'REPLY_ACK',
    'BACKEND_REQ',
    'BACKEND_SEND_FD',
    'HOST_NOTIFIER',
    'CONFIGURE_MEM_SLOTS',
    'STATUS',
    'RARP',
  ),
  rfc2018: protocolMask('LOG_SHMFD', 'REPLY_ACK', 'BACKEND_REQ', 'F_VFIO'),
};

export function offeredProtocol(dialect: Dialect, queuePairs: number, mtu: number | null): bigint {
  const always = ALWAYS[dialect];
  return always | (queuePairs > 1 ? protocolMask('MQ') : 0n) | (mtu !== null ? protocolMask('MTU') : 0n);
}
