import type { Dialect } from '../wire/dialect.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { virtioMask } from '../wire/virtio-features.ts';
import type { Profile } from './profiles/profile.ts';

/** Fixed for the life of one front-end. */
export interface VmmConfig {
  readonly dialect: Dialect;
  /** The VMM that it is like. */
  readonly profile: Profile;
  /** 1…64; more than one needs the protocol feature MQ. */
  readonly queuePairs: number;
  /** Power of two, 4…4096. */
  readonly queueSize: number;
  /** Ring index at which fresh rings begin; null: where such rings begin. For tests of what happens at an index's wrap. */
  readonly freshBase: number | null;
  /** Features that the driver accepts where offered. */
  readonly virtioFeatures: bigint;
  /** Protocol features that are acknowledged where offered. */
  readonly protocolFeatures: bigint;
  /** How long an answer of the back-end may take before the connection is given up, milliseconds. */
  readonly answerDeadlineMs: number;
  /** Bytes of a page of this system. */
  readonly pageSize: number;
}

/** What the simulated driver speaks with split rings; it can do packed ones, in order and with data as well. */
export const DRIVER_FEATURES = virtioMask('F_VERSION_1', 'F_EVENT_IDX', 'F_INDIRECT_DESC');

/** The same with packed rings where they are offered. */
export const PACKED_DRIVER_FEATURES = DRIVER_FEATURES | virtioMask('F_RING_PACKED');

const COMMON_PROTOCOL = protocolMask('MQ', 'LOG_SHMFD', 'RARP', 'REPLY_ACK', 'MTU', 'BACKEND_REQ');

/**
 * What QEMU acknowledges of what is implemented here; CONFIG only of other devices than network cards, where a back-end that
 * offers it wants it to be read.
 */
export const PROTOCOL_FEATURES: Readonly<Record<Dialect, bigint>> = {
  upstream:
    COMMON_PROTOCOL |
    protocolMask('BACKEND_SEND_FD', 'HOST_NOTIFIER', 'CONFIGURE_MEM_SLOTS', 'STATUS', 'CONFIG'),
  rfc2018: COMMON_PROTOCOL | protocolMask('F_VFIO'),
};
