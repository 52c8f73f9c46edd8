/**
 * What the state machine asks of the world. Effects with an `id` report back in exactly one `done` event;
 * the others cannot fail. They are carried out in order.
 */
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { AreaId, EffectId, FdId, LogId, MemoryId } from './ids.ts';
import type { Translation } from './ports.ts';
import type { RingConfig } from './ring-config.ts';

/** What goes along with a request: the fd of a page, or of the group of an accelerator. */
export type RequestFd =
  { readonly kind: 'area'; readonly area: AreaId } | { readonly kind: 'group'; readonly accelerator: string };

export type Effect =
  // Ends of ownership.
  | { readonly kind: 'close-fd'; readonly fd: FdId }
  | { readonly kind: 'close-area'; readonly area: AreaId }
  | { readonly kind: 'release-memory'; readonly memory: MemoryId }
  | { readonly kind: 'release-log'; readonly log: LogId }
  | { readonly kind: 'close-queue'; readonly queue: number }
  | { readonly kind: 'close-back-end' }
  // Settings of a ring that take effect at once.
  | {
      readonly kind: 'set-notifier';
      readonly queue: number;
      readonly which: 'kick' | 'call' | 'err';
      readonly fd: FdId | null;
    }
  | { readonly kind: 'set-enabled'; readonly queue: number; readonly enabled: boolean }
  | { readonly kind: 'set-guard-poll'; readonly queue: number; readonly on: boolean }
  /** The engine stops at the ring's first index, until this is lifted or the ring handed over. */
  | { readonly kind: 'set-hold'; readonly queue: number; readonly on: boolean }
  /** Pages that the ring writes are marked from now on; null: none. `used`: guest address of the used ring, if logged. */
  | {
      readonly kind: 'set-log';
      readonly queue: number;
      readonly log: LogId | null;
      readonly used: bigint | null;
    }
  /** The ring is not meant any more for the accelerator that was prepared for it. */
  | { readonly kind: 'unprepare'; readonly queue: number; readonly accelerator: string }
  /** Tells the network where this MAC address is (the payload of SEND_RARP). */
  | { readonly kind: 'announce'; readonly mac: bigint }
  // Operations that report.
  | {
      readonly kind: 'map-memory';
      readonly id: EffectId;
      readonly regions: readonly { readonly region: MemRegion; readonly fd: FdId }[];
    }
  /** Consumes the fd, also on failure. */
  | {
      readonly kind: 'map-log';
      readonly id: EffectId;
      readonly fd: FdId;
      readonly offset: bigint;
      readonly size: bigint;
    }
  /** Consumes the fd, also on failure. */
  | { readonly kind: 'open-back-end'; readonly id: EffectId; readonly fd: FdId }
  | {
      readonly kind: 'start';
      readonly id: EffectId;
      readonly queue: number;
      readonly memory: MemoryId;
      readonly ring: RingConfig;
    }
  | { readonly kind: 'stop'; readonly id: EffectId; readonly queue: number }
  | {
      readonly kind: 'replace-memory';
      readonly id: EffectId;
      readonly queue: number;
      readonly memory: MemoryId;
    }
  /** Reports when the accelerator can take the ring without a wait. */
  | {
      readonly kind: 'prepare';
      readonly id: EffectId;
      readonly queue: number;
      readonly accelerator: string;
    }
  | {
      readonly kind: 'handover-to';
      readonly id: EffectId;
      readonly queue: number;
      readonly accelerator: string;
    }
  | { readonly kind: 'handover-back'; readonly id: EffectId; readonly queue: number }
  | { readonly kind: 'take-area'; readonly id: EffectId; readonly queue: number }
  /** Rings that waited for it go on. */
  | { readonly kind: 'translate'; readonly id: EffectId; readonly translation: Translation }
  /** No ring uses them when it reports; size 0 is everything. */
  | {
      readonly kind: 'forget-translations';
      readonly id: EffectId;
      readonly iova: bigint;
      readonly size: bigint;
    }
  /** What the ring waits for now. */
  | { readonly kind: 'read-miss'; readonly id: EffectId; readonly queue: number }
  | { readonly kind: 'query-maps'; readonly id: EffectId; readonly queue: number; readonly area: AreaId }
  | { readonly kind: 'sample'; readonly id: EffectId; readonly queue: number }
  | {
      readonly kind: 'timer';
      readonly id: EffectId;
      readonly queue: number;
      readonly milliseconds: number;
    }
  // Said to others.
  | { readonly kind: 'send-request'; readonly frame: Uint8Array; readonly fd: RequestFd | null }
  | {
      readonly kind: 'log';
      readonly severity: 'note' | 'warn' | 'error';
      readonly queue: number | null;
      readonly code: string;
      readonly message: string;
    }
  /** A message of the front-end was refused or ignored. */
  | { readonly kind: 'bad-message'; readonly code: string; readonly message: string }
  /** The connection cannot go on; `disconnected` follows. */
  | { readonly kind: 'close-session'; readonly message: string };
