/** What the front-end's state machine asks of the world, carried out in order, and what it is told. */
import type { FdIdentity, Guest } from '../addon/surface.ts';
import type { Result } from '../base/result.ts';
import type { Frame } from '../wire/decode.ts';
import type { KnownNetConfig } from '../wire/net-config.ts';
import type { Iotlb } from '../wire/payload/iotlb.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { FaultProfile } from './faults.ts';
import type { FdId, OperationId } from './ids.ts';
import type { LoneMessage } from './lone-message.ts';
import type { PlannedRequest } from './request.ts';
import type { OperationKind, RingPlace } from './state.ts';

/**
 * Why an operation failed: `refused` the back-end said no · `features` it lacks what the driver needs ·
 * `answer` it answered something else or out of place · `deadline` it did not answer in time ·
 * `system` this side could not · `disconnected` · `state` the call does not fit what is so.
 */
export interface VmmFailure {
  readonly code: 'refused' | 'features' | 'answer' | 'deadline' | 'system' | 'disconnected' | 'state';
  readonly message: string;
}

export type TimerName = 'deadline' | 'late-answer';

/** Why a notify page is not mapped any more. */
export type UnmapCause = 'removed' | 'ring-stopped' | 'reset' | 'disconnected';

/** Reports `mapped`. The fd stays in the table. */
export interface MapEffect {
  readonly kind: 'map';
  readonly queue: number;
  readonly fd: FdId;
  readonly offset: bigint;
  readonly size: bigint;
  /** `restore`: an area known from before a stop. Else the request to be answered, null where none is owed. */
  readonly for: { readonly kind: 'restore' } | { readonly kind: 'request'; readonly owed: Owed | null };
}

/** As the guest's table has it. */
export type IommuPage = NonNullable<ReturnType<Guest['translate']>>;

/** A request of the back-end that is to be answered. */
export interface Owed {
  readonly request: number;
  readonly name: string;
}

export type VmmEffect =
  | { readonly kind: 'send'; readonly request: PlannedRequest }
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  /** A guest with these features and fresh rings. Reports `guest-ready` or `guest-failed`. */
  | { readonly kind: 'prepare-guest'; readonly features: bigint }
  /** Fresh rings at index 0. */
  | { readonly kind: 'reset-guest' }
  | MapEffect
  /** Looks into the guest's page table. Reports `looked-up`. */
  | { readonly kind: 'look-up'; readonly miss: Iotlb; readonly owed: Owed | null }
  | { readonly kind: 'unmap'; readonly queue: number; readonly cause: UnmapCause }
  /** Consumes the fd. */
  | { readonly kind: 'hold-group'; readonly queue: number; readonly group: string; readonly fd: FdId }
  | { readonly kind: 'release-group'; readonly queue: number; readonly group: string }
  | { readonly kind: 'close-fd'; readonly fd: FdId }
  /** The bitmap of dirty pages, if there is one. */
  | { readonly kind: 'drop-log' }
  | { readonly kind: 'start-timer'; readonly timer: TimerName; readonly milliseconds: number }
  | { readonly kind: 'stop-timer'; readonly timer: TimerName }
  | { readonly kind: 'complete'; readonly operation: OperationId; readonly result: Result<void, VmmFailure> }
  /** Closes both channels; no `closed` event follows. */
  | { readonly kind: 'close-channels' }
  | { readonly kind: 'announce'; readonly event: VmmEvent };

/** What a watcher of the front-end is told. */
export type VmmEvent =
  | { readonly kind: 'connected' | 'started' | 'stopped' | 'reset' | 'logging-started' | 'logging-stopped' }
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** Of the guest's device, as the back-end told it now. */
  | ({ readonly kind: 'config' } & KnownNetConfig)
  | { readonly kind: 'notify-mapped'; readonly queue: number; readonly offset: bigint; readonly size: bigint }
  | { readonly kind: 'notify-unmapped'; readonly queue: number; readonly cause: UnmapCause }
  | { readonly kind: 'notify-refused'; readonly queue: number; readonly answer: string }
  | { readonly kind: 'group-held' | 'group-released'; readonly queue: number; readonly group: string }
  | { readonly kind: 'note'; readonly message: string };

export interface ReceivedFd {
  readonly id: FdId;
  readonly identity: FdIdentity;
}

export type VmmInput =
  | { readonly kind: 'connected'; readonly operation: OperationId }
  | { readonly kind: 'call'; readonly operation: OperationId; readonly call: OperationKind }
  | { readonly kind: 'say'; readonly operation: OperationId; readonly message: LoneMessage }
  /** A message on the front-end socket; its fds, if any, were closed: no answer here carries one. */
  | { readonly kind: 'answer'; readonly frame: Frame }
  | { readonly kind: 'backend-request'; readonly frame: Frame; readonly fds: readonly ReceivedFd[] }
  | {
      readonly kind: 'guest-ready';
      readonly regions: readonly MemRegion[];
      readonly rings: readonly RingPlace[];
    }
  | { readonly kind: 'guest-failed'; readonly message: string }
  /** `code` as `Guest.mapNotify` has it; null for success. */
  | { readonly kind: 'mapped'; readonly effect: MapEffect; readonly code: string | null }
  | {
      readonly kind: 'looked-up';
      readonly miss: Iotlb;
      readonly page: IommuPage | null;
      readonly owed: Owed | null;
    }
  | { readonly kind: 'timer'; readonly timer: TimerName }
  | { readonly kind: 'set-faults'; readonly faults: FaultProfile }
  /** A channel ended, or the caller wants it to. */
  | { readonly kind: 'closed'; readonly reason: string };
