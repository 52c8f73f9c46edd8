/** The whole state of one front-end, as values. Fds are ids; the runner owns what they stand for. */
import type { Negotiated } from '../wire/negotiated.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { KnownNetConfig } from '../wire/net-config.ts';
import type { FrontendAddr } from '../wire/address.ts';
import type { FrontendName } from '../wire/table/frontend.ts';
import type { VmmConfig } from './config.ts';
import { NO_FAULTS, type FaultProfile } from './faults.ts';
import type { FdId, OperationId } from './ids.ts';
import type { PlannedRequest } from './request.ts';
import type { Step } from './script.ts';

/** Where the driver's ring lies, in addresses of this front-end. */
export interface RingPlace {
  readonly size: number;
  readonly desc: FrontendAddr;
  readonly avail: FrontendAddr;
  readonly used: FrontendAddr;
}

/** A notify area as the back-end described it. */
export interface Area {
  readonly offset: bigint;
  readonly size: bigint;
  /** rfc2018: held as long as the area, to map it again at the next start. Upstream: null once mapped. */
  readonly fd: FdId | null;
  readonly mapped: boolean;
}

export interface QueueState {
  /** As the last GET_VRING_BASE said; null for a fresh ring. */
  readonly base: number | null;
  readonly area: Area | null;
  /** rfc2018: identity of the group held for this queue. */
  readonly group: string | null;
}

/**
 * `invalidate`: takes away what the back-end was told of the IOMMU first · `translate`: answers its miss · `read-config`: reads
 * what the back-end said has changed · `say`: one message that belongs to no sequence.
 */
export type OperationKind =
  | ProfileOperation
  | 'invalidate'
  | 'translate'
  | 'read-config'
  | 'start-logging'
  | 'stop-logging'
  | 'remove-memory'
  | 'say';
/** Those whose messages are the profile's. */
export type ProfileOperation = 'connect' | 'start' | 'stop' | 'reset';

/** What the running operation waits for. */
export type Awaiting =
  | { readonly kind: 'explicit' | 'ack'; readonly name: FrontendName; readonly queue: number | null }
  | { readonly kind: 'guest' };

export interface Operation {
  /** Null where nobody waits for it. */
  readonly id: OperationId | null;
  readonly kind: OperationKind;
  readonly steps: readonly Step[];
  readonly requests: readonly PlannedRequest[];
  readonly awaiting: Awaiting | null;
}

/** An answer to the back-end that waits for its time; answers keep the order of their requests. */
export interface LateAnswer {
  readonly bytes: Uint8Array;
}

export interface VmmState {
  readonly link: 'disconnected' | 'connected';
  readonly device: 'stopped' | 'running';
  readonly negotiated: Negotiated;
  readonly protocolOffered: bigint;
  /** Queue pairs of the back-end; null until it said. */
  readonly backendPairs: number | null;
  readonly memorySlots: number | null;
  /** Of the guest's device, as the back-end told it last; null: it did not. */
  readonly netConfig: KnownNetConfig | null;
  /** Memory slots that were added and stay until the connection ends. */
  readonly memoryAdded: boolean;
  readonly guest: { readonly regions: readonly MemRegion[]; readonly rings: readonly RingPlace[] } | null;
  readonly queues: readonly QueueState[];
  readonly operation: Operation | null;
  /** Calls that wait for the running one, oldest first. */
  readonly waiting: readonly {
    readonly id: OperationId | null;
    readonly kind: OperationKind;
    /** Its own; null for those of the profile. */
    readonly steps: readonly Step[] | null;
  }[];
  /** Translations that the back-end was told, oldest first. */
  readonly translated: readonly { readonly iova: bigint; readonly size: bigint }[];
  /** The back-end is to mark what it writes; a device that is stopped is told when it starts. */
  readonly logging: boolean;
  readonly lateAnswers: readonly LateAnswer[];
  readonly faults: FaultProfile;
}

const freshQueue: QueueState = { base: null, area: null, group: null };

/** A front-end that is not connected. Faults outlive connections: they belong to the front-end. */
export function initialState(config: VmmConfig, faults: FaultProfile = NO_FAULTS): VmmState {
  return {
    link: 'disconnected',
    device: 'stopped',
    negotiated: { dialect: config.dialect, virtioOffered: 0n, virtioAcked: 0n, protocolAcked: 0n },
    protocolOffered: 0n,
    backendPairs: null,
    memorySlots: null,
    netConfig: null,
    memoryAdded: false,
    guest: null,
    queues: Array.from({ length: config.queuePairs * 2 }, () => freshQueue),
    operation: null,
    waiting: [],
    translated: [],
    logging: false,
    lateAnswers: [],
    faults,
  };
}
