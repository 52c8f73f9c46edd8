/**
 * What the engine needs from the world, as interfaces: the software path, accelerators, the two sockets,
 * time and the tap. Hardware, the emulated device and fakes in tests meet the same ones.
 *
 * The state machine never holds a handle: it names fds, memory tables and pages by id. The runner owns the
 * table from id to handle and speaks to these ports with the handles themselves.
 */
import type { Disposable } from '../base/disposable.ts';
import type { Result } from '../base/result.ts';
import type { FrontendAddr } from '../wire/address.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { Role } from '../../app/contract/words.ts';
import type { RingConfig } from './ring-config.ts';

export interface PortError {
  /** A reason code of the contract, or an errno name. */
  readonly code: string;
  readonly message: string;
}

/** What an fd is, as the kernel tells it. */
export interface FdIdentity {
  readonly kind: FdKind;
  readonly key: string | null;
  readonly size: bigint | null;
  readonly seals: number | null;
}
export type FdKind =
  'memfd' | 'file' | 'eventfd' | 'socket' | 'pipe' | 'vfio-group' | 'vfio-device' | 'char-device' | 'other';

/** One open file with one owner; `close` is idempotent. */
export interface OwnedFd {
  readonly closed: boolean;
  close(): void;
  identity(): FdIdentity;
  duplicate(): Result<OwnedFd, PortError>;
}

export interface NotifyArea {
  /** The receiver owns it. */
  readonly fd: OwnedFd;
  readonly offset: bigint;
  readonly size: bigint;
}

// ── accelerators ─────────────────────────────────────────────────────────────────────────────────────

export interface AcceleratorCapabilities {
  /** Virtio feature bits that its queues can honour. */
  readonly features: bigint;
  readonly queues: number;
  /**
   * Whether a queue starts at any ring index or only at 0. Then the engine hands a ring over only there: at its start,
   * or when its index wraps.
   */
  readonly restoreIndex: 'any' | 'zero-only';
  readonly stopPerQueue: boolean;
  /** Before it can take a ring it needs time, to map guest memory for DMA for one: see `DataPathQueue.prepare`. */
  readonly preparesAhead: boolean;
  readonly notifyPage: 'per-queue' | 'shared' | 'none';
  /** It marks the pages that it writes while the front-end logs them; else its rings come back meanwhile. */
  readonly logsDirtyPages: boolean;
  readonly countsDoorbells: boolean;
  /** What its queues send and receive is on a network behind it, not on the switch: see `Accelerator.uplink`. */
  readonly ownNetwork: boolean;
  readonly simulated: boolean;
}

/** Whether frames pass between a session's rings in software and the network behind a device. */
export interface UplinkState {
  readonly connected: boolean;
  /** Why not; null where nothing speaks against it, or it was not asked for yet. */
  readonly problem: string | null;
}

/**
 * The network behind an accelerator as that of one session: rings in software are served through rings of the engine's own
 * on the device, so that a change of owner changes the path and not the network. While it is not connected, what the
 * guest sends is dropped and counted.
 */
export interface Uplink {
  /** Its id. */
  readonly accelerator: string;
  state(): UplinkState;
  onChange(listener: () => void): Disposable;
  /** A ring was started with these features, negotiated by the guest: connected beside the loop, and again as need be. */
  connect(features: bigint): void;
  close(): void;
}

/** What a device is outside of this program, as far as it was looked at. */
export interface HardwareFacts {
  /** Of the PCI bus, domain first. */
  readonly address: string;
  readonly driver: string | null;
  readonly numaNode: number | null;
  /** Null where no IOMMU isolates it. */
  readonly viable: boolean | null;
  /** Its own MAC address; null until it was opened, and where it tells none. */
  readonly mac: string | null;
  /** Of the network behind it; null where it does not tell, or serves nobody yet. */
  readonly link: 'up' | 'down' | null;
  /** Which frames of that network it takes; null while it serves nobody. */
  readonly receives: Reception | null;
  /** MSI-X; null until it was opened. */
  readonly vectors: { readonly total: number; readonly used: number } | null;
  /** BARs with the parts that can be mapped; empty until it was opened. */
  readonly regions: readonly {
    readonly bar: number;
    readonly size: bigint;
    readonly mappable: readonly { readonly offset: bigint; readonly size: bigint }[];
  }[];
}

/** Which frames a device hands to its receive queues. */
export interface Reception {
  /**
   * `address`: those for `mac`, broadcasts and all groups · `everything` · `as-reset`: it cannot be told; what a reset
   * leaves · null: nobody knows.
   */
  readonly kind: 'address' | 'everything' | 'as-reset' | null;
  readonly mac: string | null;
  /** Where `mac` is from: the endpoint's options, or the frames that its guest sent in software. */
  readonly source: 'endpoint' | 'learned' | null;
  /** Why it could not be told what was wanted. */
  readonly problem: string | null;
}

/** A session's guest as the network behind a device knows it. */
export interface Station {
  /** That the endpoint was given for it; null for none. */
  readonly mac: string | null;
  /** Where its frames in software came from of late: none, one, or two addresses where there are several. */
  learned(): readonly string[];
}

export interface ProbeAnswer {
  readonly usable: boolean;
  /** Why not, and what a person can do about it. */
  readonly problem: { readonly message: string; readonly remedy: string } | null;
}

/**
 * One queue of an accelerator, reserved for one queue of one session. How a ring gets there is a matter
 * between the data path and the accelerator's kind; what both kinds share is here.
 */
export interface AcceleratorQueue {
  /** What rings are handed to: itself, or the queue that it decorates. */
  readonly target: AcceleratorQueue;
  /** The page that may be handed to the front-end; an error where the device has none of its own for a queue. */
  notifyArea(): Result<NotifyArea, PortError>;
  /** While it holds a ring it counts among `holders()`. */
  setHolding(holding: boolean): void;
  /** The ring is not meant for it any more: what was prepared is let go of. */
  unprepare(): void;
  close(): void;
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
  /** Null for a simulated device. */
  hardware(): HardwareFacts | null;
  /** The isolation unit; `fd` is what the rfc2018 dialect sends a copy of. Null where there is none. */
  group(): { readonly id: string; readonly fd: OwnedFd | null } | null;
  /** Queues whose rings it serves now, as `session/index`. */
  holders(): readonly string[];
  /** Reserves a queue; `accelerator-busy` where none is left. Called once per session queue, before its first handover. */
  queue(holder: string, station: Station): Result<AcceleratorQueue, PortError>;
  /**
   * The device reported a fault that ends its service: every ring that it holds is taken back. `message` says what, in
   * one sentence. May be called at any time until `close`, not within another call of this interface.
   */
  onFault(listener: (message: string) => void): Disposable;
  /** What `probe` or `hardware` tells is another now; not within another call of this interface. */
  onChange(listener: () => void): Disposable;
  /** Of the session of this name, not connected yet; null without `ownNetwork`. */
  uplink(session: string, station: Station): Result<Uplink, PortError> | null;
  /** CPU time of a simulated device's own threads since start, nanoseconds; null for hardware. */
  simulatedCpuNs(): number | null;
  /** After every session let go of it. */
  close(): void;
}

// ── the software path ────────────────────────────────────────────────────────────────────────────────

/** What one change of owner measured. */
export interface HandoverAnswer {
  /** The ring index at which the new owner began. */
  readonly base: number;
  readonly blackoutNs: number;
}

/** Counters of one queue as last read; what this path cannot know is null. */
export interface SampleRow {
  readonly kicks: number | null;
  readonly doorbells: number | null;
  readonly interrupts: number | null;
  readonly calls: number | null;
  readonly engineDescriptors: number | null;
  readonly deviceDescriptors: number | null;
  readonly availIdx: number | null;
  readonly usedIdx: number | null;
  /** Times that the idle accelerator was woken by a doorbell and then completed chains. */
  readonly provenWakes: number | null;
  readonly drops: number | null;
  /** Reason code of a ring that broke. */
  readonly broken: string | null;
  readonly blackoutNs: number | null;
  /** Descriptors to go until the ring is at its first index; null where it never is. */
  readonly toStart: number | null;
}

/** What the engine itself did for one queue since it was made; turns of an accelerator are not in it. */
export interface QueueStatistics {
  readonly kicks: number;
  /** Batches that were served while the driver was told to send no kicks. */
  readonly kicksSuppressed: number;
  readonly calls: number;
  /** Batches for which the driver wanted no interrupt. */
  readonly callsSuppressed: number;
  readonly chains: number;
  readonly frames: number;
  /** Read and written, net headers included. */
  readonly bytes: number;
  /** Batches by their number of chains: each bucket holds those from `atLeast` up to the next one's. */
  readonly batches: readonly { readonly atLeast: number; readonly count: number }[];
  /** Frames dropped, by reason; only reasons that occurred. */
  readonly drops: Readonly<Record<string, number>>;
}

/** One virtqueue, whoever serves its ring; see `Queue` of the addon for the promises that each call keeps. */
export interface TranslationMiss {
  /** I/O virtual. */
  readonly iova: bigint;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** What a front-end's IOMMU translates: `size` bytes from `iova` on. */
export interface Translation extends TranslationMiss {
  readonly size: bigint;
  readonly userAddress: FrontendAddr;
}

export interface DataPathQueue {
  /** The fds stay the caller's. */
  setKick(fd: OwnedFd | null): void;
  setCall(fd: OwnedFd | null): void;
  setErr(fd: OwnedFd | null): void;
  start(memory: MappedMemory, ring: RingConfig): Result<void, PortError>;
  /** Nobody serves the ring after it returns, whoever did. */
  stop(): { readonly base: number };
  setEnabled(enabled: boolean): void;
  replaceMemory(memory: MappedMemory): Result<void, PortError>;
  /**
   * The accelerator gets ready for the ring as it is now, beside the loop, while the engine serves on: so a handover that
   * follows waits for nothing. Until `unprepare`.
   */
  prepare(queue: AcceleratorQueue): Promise<Result<void, PortError>>;
  /**
   * The accelerator takes the ring at the exact index where the engine stopped; a failure leaves the engine
   * serving. Where both are native this is one native call.
   */
  handoverTo(queue: AcceleratorQueue): Result<HandoverAnswer, PortError>;
  handoverBack(): Result<HandoverAnswer, PortError>;
  setGuardPoll(on: boolean): void;
  /**
   * From now on every page that the engine writes for this ring is marked, after it was written; those of the used ring
   * only where `used` tells its guest address. A ring that comes back from a device while this is set is marked with
   * all of guest memory. Null: nothing is marked. Kept over stop and start.
   */
  setLog(log: MappedLog | null, used: bigint | null): void;
  /**
   * While on, the engine serves no further than the ring's first index (split: 0; packed: both positions 0 and both
   * wrap counters 1) and waits there with nothing in flight, for a device that can start nowhere else; `onNotice`
   * tells when. May be set before `start`. Ends with a handover.
   */
  setHoldAtStart(on: boolean): void;
  /**
   * With ACCESS_PLATFORM a ring may be started, and served, before its addresses are translated: it waits, in place, for
   * the first one that is missing. This one; null while it waits for none.
   */
  miss(): TranslationMiss | null;
  close(): void;
}

/** A mapped bitmap of dirty pages. Closing drops this hold; rings that mark in it keep theirs. */
export interface MappedLog {
  close(): void;
}

/** A mapped memory table. Closing drops this hold; rings that use it keep theirs. */
export interface MappedMemory {
  close(): void;
}

/** One region of a memory table with the fd that backs it. */
export interface BackedRegion {
  readonly region: MemRegion;
  /** Stays the caller's; the mapping outlives it. */
  readonly fd: OwnedFd;
}

/** The software path of one session. */
export interface DataPathSession {
  queue(index: number, role: Role): DataPathQueue;
  mapMemory(regions: readonly BackedRegion[]): Result<MappedMemory, PortError>;
  /** `size` bytes of the file from `offset`, checked against it. The fd stays the caller's. */
  mapLog(fd: OwnedFd, offset: bigint, size: bigint): Result<MappedLog, PortError>;
  /** Adds a translation; rings that waited for it go on. What it overlaps is forgotten. */
  translate(translation: Translation): Result<void, PortError>;
  /**
   * Forgets what the range touches; size 0 is everything. When it returns no ring uses it any more: each was halted at a
   * batch boundary if need be, and waits.
   */
  forgetTranslations(iova: bigint, size: bigint): void;
  /** The network shall send frames for this MAC address here: six bytes, the first lowest. */
  announce(mac: bigint): void;
  /** As of `Station.learned`. */
  addresses(): readonly string[];
  /** One row per queue, in the order asked for. */
  sample(queues: readonly DataPathQueue[]): readonly SampleRow[];
  /** Null for a queue that is another data path's. */
  statistics(queue: DataPathQueue): QueueStatistics | null;
  /** Another worker of the software path serves the queue from now on; → the one that did. Counted from 0. */
  assign(queue: DataPathQueue, worker: number): Result<number, PortError>;
  close(): void;
}

export interface DataPath {
  /** Virtio features that the software path implements. */
  readonly features: bigint;
  /** `uplink`: its network in place of the switch, closed with the session; null for none. */
  session(uplink: Uplink | null): DataPathSession;
  /** Rings broke, reached the index where they are held, or wait for a translation, since the last call. */
  onNotice(listener: () => void): Disposable;
}

// ── sockets, time, the tap ───────────────────────────────────────────────────────────────────────────

/** The back-end request channel as the runner uses it: frames out, answers in. */
export interface BackEndLink {
  /** Queues the frame; `fds` stay the caller's and are sent with its first byte. */
  send(frame: Uint8Array, fds: readonly OwnedFd[]): void;
  close(): void;
}

export type MapsAnswer =
  | { readonly kind: 'mapped'; readonly address: bigint }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'denied'; readonly reason: string };

export interface Clock {
  /** Milliseconds since the epoch, never going back. */
  now(): number;
  after(milliseconds: number, action: () => void): Disposable;
}

/** Every message passes here; the trace listens. Must not throw or block. */
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
