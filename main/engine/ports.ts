/**
 * What the engine needs from the world, as interfaces: the software path, accelerators, time and the tap.
 * Hardware, the emulated device and fakes in tests meet the same ones.
 *
 * The state machine never holds a handle. It names fds, memory tables and queues by branded ids; the runner
 * owns the table from id to handle, and every id that came in is held by one field of the state or closed by
 * one effect.
 */
import type { Brand } from '../base/brand.ts';
import type { Result } from '../base/result.ts';
import type { Role } from '../../app/contract/words.ts';

/** An fd that arrived with a message or was made here; minted by the runner. */
export type FdId = Brand<number, 'FdId'>;
/** A mapped memory table: one generation. */
export type MemoryId = Brand<number, 'MemoryId'>;
/** An address in the front-end's own address space, as ring addresses are sent. */
export type FrontendAddr = Brand<bigint, 'FrontendAddr'>;
/** A guest-physical address. */
export type GuestAddr = Brand<bigint, 'GuestAddr'>;

export interface PortError {
  /** A reason code of the contract, or an errno name. */
  readonly code: string;
  readonly message: string;
}

export interface RingConfig {
  readonly size: number;
  readonly desc: FrontendAddr;
  readonly avail: FrontendAddr;
  readonly used: FrontendAddr;
  readonly features: bigint;
  readonly base: number;
}

/** An fd in flight between owners; `close` is idempotent. */
export interface OwnedFd {
  close(): void;
}

export interface NotifyArea {
  /** The receiver owns it. */
  readonly fd: OwnedFd;
  readonly offset: bigint;
  readonly size: bigint;
}

export interface AcceleratorCapabilities {
  /** Virtio feature bits that its queues can honour. */
  readonly features: bigint;
  readonly queues: number;
  /** Whether `start` takes any ring index or only 0. */
  readonly restoreIndex: 'any' | 'zero-only';
  readonly stopPerQueue: boolean;
  readonly notifyPage: 'per-queue' | 'shared' | 'none';
  readonly logsDirtyPages: boolean;
  readonly countsDoorbells: boolean;
  readonly simulated: boolean;
}

export interface ProbeAnswer {
  readonly usable: boolean;
  /** Why not, and what a person can do about it. */
  readonly problem: { readonly message: string; readonly remedy: string } | null;
}

/** Counters that the device cannot know are null. */
export interface AcceleratorCounters {
  readonly doorbells: number | null;
  readonly interrupts: number | null;
  readonly descriptors: number | null;
}

/**
 * A virtio-ring-compatible device that can serve a guest's ring itself. One per configured device; queues of
 * several sessions may use it at once where the device can.
 */
export interface Accelerator {
  readonly id: string;
  readonly kind: string;
  readonly capabilities: AcceleratorCapabilities;
  /** Before use and again on request; touches nothing. */
  probe(): ProbeAnswer;
  /** The isolation unit, for display and for the rfc2018 message; null where there is none. */
  group(): { readonly id: string; readonly fd: OwnedFd | null } | null;
  /** Queues that hold it now, as `session/index`. */
  holders(): readonly string[];
}

/** What one handover between native owners measured. */
export interface HandoverAnswer {
  readonly base: number;
  readonly blackoutNs: number;
}

/** One virtqueue on the software path; see `Queue` of the addon for the promises that each call keeps. */
export interface DataPathQueue {
  setKick(fd: FdId | null): void;
  setCall(fd: FdId | null): void;
  setErr(fd: FdId | null): void;
  start(memory: MemoryId, ring: RingConfig): Result<void, PortError>;
  stop(): { readonly base: number };
  setEnabled(enabled: boolean): void;
  replaceMemory(memory: MemoryId): Result<void, PortError>;
  /** The accelerator takes the ring at the exact index where the engine stopped; a failure leaves the engine serving. */
  handoverTo(accelerator: Accelerator): Result<HandoverAnswer, PortError>;
  handoverBack(): Result<HandoverAnswer, PortError>;
  /** The page of the accelerator that now serves the ring. */
  notifyArea(): Result<NotifyArea, PortError>;
  setGuardPoll(on: boolean): void;
  close(): void;
}

/** The software path of one session. */
export interface DataPathSession {
  queue(index: number, role: Role): DataPathQueue;
  close(): void;
}

/** Every message, state change and decision passes here; the trace listens. Must not throw or block. */
export interface Tap {
  message(record: {
    readonly at: number;
    readonly session: string;
    readonly channel: 'front-end' | 'back-end';
    readonly direction: 'received' | 'sent';
    readonly name: string;
    readonly bytes: Uint8Array;
    readonly fds: number;
  }): void;
}

export interface Clock {
  /** Milliseconds since the epoch, monotonic enough for ages. */
  now(): number;
}
