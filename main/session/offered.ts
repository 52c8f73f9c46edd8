/**
 * What an endpoint offers: exactly what is implemented, and no virtio feature that one of its accelerators
 * lacks, since a ring may move at any time (design rule 17). Fixed before GET_FEATURES.
 */
import type { Accelerator } from '../engine/ports.ts';
import type { NetConfigOffer } from '../engine/state.ts';
import type { Dialect } from '../wire/dialect.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { virtioMask } from '../wire/virtio-features.ts';

/** Each keeps its fd open here; a table is mapped anew for each change, so this is not for thousands. */
export const MAX_MEMORY_SLOTS = 64;

/** What of an endpoint its offer follows from. */
export interface Offer {
  readonly dialect: Dialect;
  readonly queuePairs: number;
  readonly mtu: number | null;
  readonly iommu: boolean;
  readonly netConfig: NetConfigOffer | null;
}

/** The front-end serves the control queue itself; it offers multiqueue to its guest only if the back-end does. */
export function offeredFeatures(
  dataPath: bigint,
  accelerators: readonly Accelerator[],
  offer: Offer,
): bigint {
  const ring = accelerators.reduce((mask, { capabilities }) => mask & capabilities.features, dataPath);
  const device = virtioMask('VHOST_USER_F_PROTOCOL_FEATURES', 'VHOST_F_LOG_ALL');
  const { queuePairs, mtu, iommu, netConfig } = offer;
  const net =
    where(queuePairs > 1, virtioMask('NET_F_MQ')) |
    where(mtu !== null, virtioMask('NET_F_MTU')) |
    where(netConfig !== null, virtioMask('NET_F_STATUS')) |
    where(netConfig !== null && netConfig.mac !== null, virtioMask('NET_F_MAC'));
  // Between front-end and engine: an accelerator that does not follow the vIOMMU is not used while there is one.
  return ring | device | net | where(iommu, virtioMask('F_ACCESS_PLATFORM'));
}

const where = (isOffered: boolean, mask: bigint): bigint => (isOffered ? mask : 0n);

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

export function offeredProtocol({ dialect, queuePairs, mtu, netConfig }: Offer): bigint {
  return (
    ALWAYS[dialect] |
    where(queuePairs > 1, protocolMask('MQ')) |
    where(mtu !== null, protocolMask('MTU')) |
    where(netConfig !== null, protocolMask('CONFIG'))
  );
}
