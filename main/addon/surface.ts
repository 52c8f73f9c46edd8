/**
 * The whole native surface on one screen. Implemented by native/addon; loaded by `load.ts`, the only file
 * that touches the .node file. Nothing here throws for what a peer, a guest or the system did: those are
 * `NativeResult`s. Wrong argument types and the use of a closed handle are bugs and throw.
 *
 * Every handle has one owner and `close()`, which is idempotent. A handle that is collected unclosed is
 * closed late by its finalizer and counted in `leaked()`. JavaScript never sees an fd number.
 */
export type NativeResult<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: NativeError };
/** `code` is an errno name (`EINVAL`) or one of the named codes of the call. */
export interface NativeError {
  readonly code: string;
  readonly message: string;
}

export interface Handle {
  readonly closed: boolean;
  close(): void;
}

/** What an fd is, as the kernel tells it; never its number. */
export interface FdIdentity {
  readonly kind:
    'memfd' | 'file' | 'eventfd' | 'socket' | 'pipe' | 'vfio-group' | 'vfio-device' | 'char-device' | 'other';
  /** Stable text that is equal for two fds of the same object, or null where the kernel does not tell. */
  readonly key: string | null;
  /** File size in bytes; null where fstat gives none. */
  readonly size: bigint | null;
  /** memfd seals (F_SEAL_*), null where not applicable. */
  readonly seals: number | null;
}

export interface Fd extends Handle {
  identity(): FdIdentity;
  /** A second handle of the same open file. */
  duplicate(): NativeResult<Fd>;
}

// ── io ───────────────────────────────────────────────────────────────────────────────────────────────

export interface Received {
  readonly bytes: Uint8Array;
  /** The receiver owns them. Close-on-exec. */
  readonly fds: readonly Fd[];
  /** More than 8 fds came, or the kernel truncated them: all of them were closed. */
  readonly fdsTruncated: boolean;
}
export type ReceiveOutcome =
  | { readonly kind: 'data'; readonly data: Received }
  | { readonly kind: 'would-block' }
  | { readonly kind: 'end' }
  | { readonly kind: 'error'; readonly error: NativeError };

/** A connected, non-blocking unix stream socket on the loop of this thread. Callbacks run on the JS thread. */
export interface Stream extends Handle {
  /** At most `max` bytes in one recvmsg: fds arrive with the first byte that they were sent with. */
  receive(max: number): ReceiveOutcome;
  /** Bytes taken by the kernel (may be short; 0 = would block). The fds go with the first byte and stay the caller's. */
  send(bytes: Uint8Array, fds: readonly Fd[]): NativeResult<number>;
  /** Level-triggered; null stops listening (back-pressure). Hang-up counts as readable. */
  onReadable(listener: (() => void) | null): void;
  /** Level-triggered; null stops listening. */
  onWritable(listener: (() => void) | null): void;
  /** From SO_PEERCRED; null where the kernel does not tell. */
  peer(): { readonly pid: number; readonly uid: number; readonly gid: number } | null;
}

export interface Listener extends Handle {
  onConnection(listener: (stream: Stream) => void): void;
}

/** Tells KVM which VFIO groups a VMM holds. Groups stay the caller's and open until removed. */
export interface KvmVfio extends Handle {
  add(group: Fd): NativeResult<void>;
  remove(group: Fd): NativeResult<void>;
}

export interface Io {
  /**
   * Binds and listens. A stale socket file is replaced only if nobody listens on it: otherwise `EADDRINUSE`.
   * The file has `mode` from its first moment; closing unlinks it if it is still ours.
   */
  listen(path: string, mode: number): NativeResult<Listener>;
  connect(path: string): NativeResult<Stream>;
  /** A connected pair: one end on this loop, the other an fd to send away. */
  streamPair(): NativeResult<{ readonly stream: Stream; readonly fd: Fd }>;
  /** Consumes `fd`, also when it fails; `ENOTSOCK` if it is not a unix stream socket. */
  streamFromFd(fd: Fd): NativeResult<Stream>;
  eventfd(): NativeResult<Fd>;
  /** Adds 1 to an eventfd without blocking. */
  signal(fd: Fd): NativeResult<void>;
  /** Takes an eventfd's counter: how often it was signalled since it was taken last. Never blocks. */
  takeSignals(fd: Fd): NativeResult<number>;
  /** A sealed (grow, shrink) memfd of `size` bytes. */
  memfd(name: string, size: bigint): NativeResult<Fd>;
  pageSize(): number;
  /** Handles that the collector had to close, since start. 0 in a correct program. */
  leaked(): number;
  /** Name and start of the process behind `pid`, guarded by pidfd; null where not readable. */
  processName(pid: number): string | null;
  /**
   * Whether `pid` maps the file behind `fd` at file offset `offset`: from /proc/PID/maps. `denied` carries why it
   * cannot be read. Runs on the thread pool.
   */
  mapsOf(pid: number, fd: Fd, offset: bigint): Promise<MapsAnswer>;
  /** Makes a virtual machine with KVM's VFIO device from the device file; the message names the step that failed. */
  kvmVfio(path: string): NativeResult<KvmVfio>;
}
export type MapsAnswer =
  | { readonly kind: 'mapped'; readonly address: bigint }
  | { readonly kind: 'unmapped' }
  | { readonly kind: 'denied'; readonly reason: string };

// ── guest memory ─────────────────────────────────────────────────────────────────────────────────────

export interface MemoryRegionSpec {
  readonly guestAddress: bigint;
  readonly size: bigint;
  readonly frontendAddress: bigint;
  readonly mmapOffset: bigint;
  /** Stays the caller's; the mapping outlives it. */
  readonly fd: Fd;
}

/**
 * One memory table as one counted generation. `close()` drops JavaScript's hold; regions are unmapped when
 * the last ring that uses them lets go. Reads beyond a truncated file hit a zero page and break the rings
 * that use this memory (`memory-truncated`), never the process.
 */
export interface Memory extends Handle {
  /** Holders: this handle, every started ring, and every `behind`. */
  holders(): number;
  /** The same memory as a device behind an IOMMU sees it, for rings whose addresses are `iova`; a handle of its own. */
  behind(iotlb: Iotlb): Memory;
}

/**
 * What a front-end's IOMMU translates, as far as it told. Capped: what is forgotten for that is missed again. After each
 * change every ring behind it must be told (`Queue.translationsChanged`) before the front-end is.
 */
export interface Iotlb extends Handle {
  /** Replaces what it overlaps. `iotlb-empty`, `iotlb-overflow`. */
  update(
    iova: bigint,
    size: bigint,
    frontendAddress: bigint,
    readable: boolean,
    writable: boolean,
  ): NativeResult<void>;
  /** Forgets whatever the range touches; size 0 is everything. */
  invalidate(iova: bigint, size: bigint): void;
}

/** An I/O virtual address that a ring waits for, and the access that it needs. */
export interface TranslationMiss {
  readonly iova: bigint;
  readonly readable: boolean;
  readonly writable: boolean;
}

/** A mapped bitmap of dirty pages. `close()` drops JavaScript's hold; rings that mark in it keep theirs. */
export type DirtyLog = Handle;

// ── queues ───────────────────────────────────────────────────────────────────────────────────────────

export interface RingSpec {
  /** Power of two, 1…32768. */
  readonly size: number;
  /** Front-end addresses, guest-physical or I/O virtual ones: `addresses` says which. */
  readonly desc: bigint;
  readonly avail: bigint;
  readonly used: bigint;
  readonly addresses: 'frontend' | 'guest' | 'iova';
  /** Negotiated virtio features. */
  readonly features: bigint;
  /** Where to go on, as in SET_VRING_BASE: 32 bits for a packed ring. */
  readonly base: number;
}

export type QueueRole = 'rx' | 'tx' | 'ctrl';

/** Field order of `DataPath.sample`, one row per queue. Unknown is -1. */
export const SAMPLE_FIELDS = [
  'kicks', // kick eventfd reads that found it signalled
  'doorbells', // observed changes of the notify page
  'interrupts', // calls made by the accelerator
  'calls', // calls made by the engine
  'engineDescriptors', // chains completed by the engine
  'deviceDescriptors', // chains completed by the accelerator
  'availIdx', // 0…65535 as the guest published it; packed: descriptors counted since this owner began
  'usedIdx', // 0…65535 as we published it; packed: likewise
  'provenWakes', // accelerator was idle with notification enabled, then a doorbell came, then it completed chains
  'drops', // rx: frames dropped for want of buffers; tx: frames that could not be forwarded
  'broken', // index into BREAK_CODES, -1 while the ring is whole
  'toStart', // chains to complete until the ring is at its first index, -1 where it never is
  'blackoutNs', // last handover, -1 before the first
] as const;

/** Why a frame was dropped: the first half of a guest's tx queue, the second of its rx queue. */
export const DROP_REASONS = [
  'disabled', // the tx queue is not enabled
  'malformed', // shorter than an Ethernet header, or longer than any frame
  'offload', // its header asks for what was not negotiated, or points outside the frame
  'nowhere', // for an address of its own session, or the port has left the switch
  'wireDown', // the device that is its network takes none, or was stopped with it in flight
  'down', // the rx queue is not started, not enabled or broken
  'noBuffers', // as much is held back for it as may be
  'tooLarge', // no buffers that the guest posts can hold it
  'unfinishable', // the sender left a segmentation undone that cannot be done
] as const;

/** Least number of chains of each bucket of the batches histogram. */
export const BATCH_SIZES = [1, 2, 4, 8, 16, 32, 64] as const;

/** Field order of `DataPath.statistics`, one row per queue: what the engine itself served since the queue was made. */
export const STATISTICS_FIELDS = [
  'kicks',
  'kicksSuppressed', // batches that were served while the driver was told to send no kicks
  'calls',
  'callsSuppressed', // batches for which the driver wanted no interrupt
  'chains',
  'frames',
  'bytes', // read and written, net headers included
  ...BATCH_SIZES.map((size) => `batches${size}` as const),
  ...DROP_REASONS.map((reason) => `drops:${reason}` as const),
] as const;

/** Why a ring broke; the position is the number in `broken`. Spelled as the reason codes of the contract. */
export const BREAK_CODES = [
  'ring-address-invalid',
  'ring-index-jumped',
  'ring-descriptor-out-of-range',
  'ring-chain-too-long',
  'ring-buffer-outside-memory',
  'ring-indirect-invalid',
  'ring-direction-invalid',
  'memory-truncated',
] as const;
export type BreakCode = (typeof BREAK_CODES)[number];

export interface Handover {
  /** Where the new owner began, as in SET_VRING_BASE. */
  readonly base: number;
  /**
   * The old owner's last descriptor → the new owner's first; 0 where the ring was empty, so that nothing waited. If
   * that took longer than the call waits (0.05 ms), what had passed by then; the final value is in `sample`.
   */
  readonly blackoutNs: number;
}

/**
 * One virtqueue of a session as the engine holds it, whoever serves its ring. The kick eventfd stays
 * attached in every phase: in software a kick wakes the worker, while the accelerator owns the ring it
 * becomes one store to the doorbell.
 */
export interface Queue extends Handle {
  /** Null detaches. Kicks that came before are not lost: attaching looks at the ring once. */
  setKick(fd: Fd | null): void;
  setCall(fd: Fd | null): void;
  /** Signalled when the ring breaks. */
  setErr(fd: Fd | null): void;
  /** Begin serving at `ring.base` by the engine's worker. Checks addresses against the memory first. */
  start(memory: Memory, ring: RingSpec): NativeResult<void>;
  /** Nobody serves the ring after it returns; → the base to go on from. Completes what was taken first. */
  stop(): { readonly base: number };
  /** Disabled: tx frames are dropped, rx receives nothing. Queues are born disabled. */
  setEnabled(enabled: boolean): void;
  /** A new memory generation for a running ring, at a batch boundary. The ring's addresses stay. */
  replaceMemory(memory: Memory): NativeResult<void>;
  /** Lets go of what is not translated any more, at a batch boundary, and goes on where it can. */
  translationsChanged(): void;
  /** Behind an IOMMU: what the ring waits for; null while it waits for none. */
  miss(): TranslationMiss | null;
  /**
   * What `device` has to do before it can take the ring as it is now and that takes long, off the loop; the engine serves
   * on. Two devices may do so at once, one device not.
   */
  prepareHandover(device: DeviceQueue): Promise<NativeResult<void>>;
  /**
   * One native call: the engine stops at a batch boundary, `device` starts at that base, the doorbell is
   * rung once. On failure the engine serves on.
   */
  handoverTo(device: DeviceQueue): NativeResult<Handover>;
  /** The reverse; the engine re-checks avail at once. */
  handoverBack(): NativeResult<Handover>;
  /**
   * While on, the engine polls this ring at least every millisecond besides its eventfd: it serves it if the engine
   * owns it, else it rings the accelerator.
   */
  setGuardPoll(on: boolean): void;
  /**
   * The engine marks every page that it writes for this ring, the used ring's only where `used` tells its guest address
   * (VHOST_VRING_F_LOG). A ring that a device gives back meanwhile is marked with all of guest memory. Null: nothing.
   */
  setLog(log: DirtyLog | null, used: bigint | null): void;
  /**
   * While on, the engine serves no further than the ring's first index and waits there with nothing in flight, for a
   * device that can start nowhere else; `onNotice` tells when. Kept over stop and start; ends with a handover.
   */
  setHoldAtStart(on: boolean): void;
}

/** A session's queue pair on the switch. Closing it detaches both queues. */
export interface Port extends Handle {
  /** Tells the network that the MAC address in the first six bytes of `mac`, lowest first, is reached here. */
  announce(mac: bigint): void;
  /** Where frames of the port's session came from of late: at most `limit` addresses, lower-case with colons. */
  addresses(limit: number): readonly string[];
}

export interface DataPathOptions {
  /** 1…64. */
  readonly workers: number;
  /** Worker i is bound to CPU `cpus[i % cpus.length]`; empty: to none. */
  readonly cpus: readonly number[];
  /** The most that a worker polls a queue after its last work before it sleeps; 0: it sleeps at once. */
  readonly busyPollNs: number;
  /**
   * Name of a TAP device that the switch is connected to, created for as long as the data path lives where there is
   * none; null: none. EPERM where CAP_NET_ADMIN is wanted, ENOENT where the kernel has no TUN/TAP driver.
   */
  readonly uplink: string | null;
}

/** Software data path: worker threads, the learning switch and the lab peer behind it. */
export interface DataPath extends Handle {
  /**
   * A place on the switch for one queue pair. Further pairs of a session name the first one's port: they share
   * its place, so that a flooded frame reaches the session once and never comes back to it. With a link it is on the
   * network behind that and not on the switch; one session a link, all of whose pairs name it.
   */
  port(sibling: Port | null, link: DeviceLink | null): Port;
  queue(role: QueueRole, port: Port): Queue;
  /** Virtio feature bits that rings and switch honour, the emulated accelerator included. */
  offeredFeatures(): bigint;
  mapMemory(regions: readonly MemoryRegionSpec[]): NativeResult<Memory>;
  /** One bit per 4096 bytes of guest memory, in `size` bytes of the file from `offset`. The fd stays the caller's. */
  mapLog(fd: Fd, offset: bigint, size: bigint): NativeResult<DirtyLog>;
  /** Empty. */
  iotlb(): Iotlb;
  /** Rows of SAMPLE_FIELDS.length numbers, in the order of `queues`. */
  sample(queues: readonly Queue[]): Float64Array;
  /** Rows of STATISTICS_FIELDS.length numbers, in the order of `queues`. */
  statistics(queues: readonly Queue[]): Float64Array;
  /** Worker `worker`, from 0, serves the queue from now on; → the one that did. EINVAL where there is none of that number. */
  assign(queue: Queue, worker: number): NativeResult<number>;
  /**
   * Called (coalesced) on the JS thread after one or more rings broke, reached the index where they are held, or began to
   * wait for a translation; `sample` and `Queue.miss` say which.
   */
  onNotice(listener: (() => void) | null): void;
  /** Frames that reached the lab peer's sink, and bytes; dropped = counted drops of all ports. */
  peerStats(): {
    readonly frames: number;
    readonly bytes: number;
    readonly echoed: number;
    readonly dropped: number;
  };
  /** CPU time of the workers and of the uplink's thread since start, nanoseconds. */
  cpuNs(): number;
}

// ── the emulated accelerator ─────────────────────────────────────────────────────────────────────────

/** One reserved queue of a device whose data plane is native. */
export interface DeviceQueue extends Handle {
  /** The page that may be handed to the front-end. The fd is the caller's. */
  notifyArea(): NativeResult<{ readonly fd: Fd; readonly offset: bigint; readonly size: bigint }>;
  /** One doorbell store by the host. */
  ring(): void;
}

/** SIM: its own thread polls the doorbells and serves rings as hardware would. */
export interface EmulatedDevice extends Handle {
  queue(): NativeResult<DeviceQueue>;
  cpuNs(): number;
}

// ── a virtio function behind VFIO ───────────────────────────────────────────────────────────────────

/** What was found on opening it. */
export interface VfioFacts {
  /** All virtio features that it offers, and those of them that a ring handed to it may use. */
  readonly features: bigint;
  readonly ringFeatures: bigint;
  /** Its own address, `52:54:00:12:34:56`; null where it tells none. */
  readonly mac: string | null;
  /** MSI-X vectors. */
  readonly vectors: number;
  readonly queues: number;
  /** It has RING_RESET: one queue is stopped without the others. */
  readonly stopsPerQueue: boolean;
  /** Why no queue's doorbell has a page of its own (`notify-shared`, …); null where they have. */
  readonly pageProblem: NativeError | null;
  /** BARs that it has, with the parts that can be mapped. */
  readonly regions: readonly {
    readonly bar: number;
    readonly size: bigint;
    readonly mappable: readonly { readonly offset: bigint; readonly size: bigint }[];
  }[];
}

/**
 * A function held with its group and a container of its own. It serves the rings of one guest's memory at a time, from
 * index 0 on; its queues take the ring of the first pair whose role they are given.
 */
export interface VfioDevice extends Handle {
  facts(): VfioFacts;
  /** A handle of the group's file, the caller's. */
  group(): NativeResult<Fd>;
  queue(): DeviceQueue;
  /**
   * No session uses it any more, and it serves no ring: it is reset and the memory that it can reach unmapped, off the
   * loop. Not while a handover to it is prepared.
   */
  releaseMemory(): Promise<void>;
  /**
   * The link's session is on the network behind the device from now on, through rings of the engine's own on those of its
   * queues that serve no guest's. `features` are what the session's guest negotiated. Off the loop; not two such calls at
   * once, nor with a prepared handover. `ring-reset-missing`, `accelerator-busy`, `accelerator-lacks-feature`,
   * `dma-window`, else an errno name.
   */
  connect(link: DeviceLink, features: bigint): Promise<NativeResult<void>>;
  /** Off the loop, as `connect`; for a link that it has not (any more) nothing is done. */
  disconnect(link: DeviceLink): Promise<void>;
  /**
   * Frames for this address are wanted, null: all frames. The device is told so, now and after each reset, where it has a
   * control queue. Off the loop, as `connect`.
   */
  setReceives(mac: string | null): Promise<void>;
  /** What it takes now; nulls where it serves nobody, or does not say. `problem`: why it could not be told. */
  reception(): {
    readonly receives: 'address' | 'everything' | 'as-reset' | null;
    readonly mac: string | null;
    readonly problem: string | null;
  };
  /** As the device says now; null where it does not tell, or serves nobody. */
  linkUp(): boolean | null;
  /** Its configuration changed: the link, for one. */
  onConfigChange(listener: () => void): void;
  /** The device had to be reset, asked for it, or reported an error: it serves no ring any more. */
  onFault(listener: (message: string) => void): void;
}

/** Joins the ports of one session to the network behind a device. Without one what is sent is dropped and counted. */
export type DeviceLink = Handle;

// ── the simulated guest (lab, vmm, tests) ────────────────────────────────────────────────────────────

export interface GuestSpec {
  readonly queuePairs: number;
  readonly queueSize: number;
  /** Driver's features: VERSION_1, EVENT_IDX, INDIRECT… as negotiated; with ACCESS_PLATFORM it is behind an IOMMU. */
  readonly features: bigint;
}

export type Traffic =
  | { readonly kind: 'none' }
  /** One sequence-numbered echo request per pair each `1/rate` s, answered by the lab peer. */
  | { readonly kind: 'ping'; readonly rate: number }
  /** As many as the ring takes, or at most `rate` per second and pair (0 = unlimited). */
  | { readonly kind: 'stream'; readonly rate: number };

/** Field order of `Guest.sample`, one row per queue pair. */
export const GUEST_SAMPLE_FIELDS = [
  'sent',
  'received',
  'lost', // sequence gaps that stayed open after a drain
  'duplicated',
  'reordered',
  'corrupted',
  'kicks', // eventfd kicks written by the driver
  'doorbells', // stores to the mapped page
  'interrupts', // call eventfd reads
  'rttP50Ns',
  'rttP99Ns',
] as const;

/** Driver side of a virtio-net device on rings in a memfd of its own, on its own thread. */
export interface Guest extends Handle {
  memory(): { readonly fd: Fd; readonly regions: readonly Omit<MemoryRegionSpec, 'fd'>[] };
  /** The page of its IOMMU's table that translates `iova`; null where it has none, or no IOMMU. */
  translate(iova: bigint): {
    readonly iova: bigint;
    readonly size: bigint;
    readonly frontendAddress: bigint;
    readonly readable: boolean;
    readonly writable: boolean;
  } | null;
  ring(queue: number): {
    readonly size: number;
    readonly desc: bigint;
    readonly avail: bigint;
    readonly used: bigint;
  };
  /** The guest's own eventfds, to be sent to the back-end; the caller closes its handles. */
  kick(queue: number): NativeResult<Fd>;
  call(queue: number): NativeResult<Fd>;
  /**
   * Validates and maps exactly `size` bytes at `offset` into the queue's notify slot; from then on the driver
   * stores to it instead of kicking. Codes: `size`, `offset`, `beyond-file`, `not-mappable`.
   */
  mapNotify(queue: number, fd: Fd, offset: bigint, size: bigint): NativeResult<void>;
  /** Unmapped when it returns. */
  unmapNotify(queue: number): void;
  /** Fresh rings at `base` (default: where such rings begin) for all queues; the driver begins when `run` is called. */
  reset(base?: number): void;
  run(traffic: Traffic): void;
  /** Stops sending, waits up to `timeoutMs` until everything sent came back. */
  drain(timeoutMs: number): Promise<void>;
  /** Rows of GUEST_SAMPLE_FIELDS.length numbers, one per pair. */
  sample(): Float64Array;
}

/**
 * Memory of a front-end whose rings are driven step by step, for tests of back-ends, or its bitmap of dirty pages; zeroed,
 * in a memfd of its own.
 * Offsets outside are a bug of the caller.
 */
export interface GuestRam extends Handle {
  /** A handle of the file, the caller's. */
  file(): NativeResult<Fd>;
  read(offset: number, length: number): Uint8Array;
  write(offset: number, bytes: Uint8Array): void;
  /** An index that the device writes, acquired: what it wrote before is seen by later reads. Even offset. */
  load16(offset: number): number;
  /** An index that the device reads, released: what was written before is there when it sees it. Even offset. */
  store16(offset: number, value: number): void;
  /**
   * Reads and leaves zeroes, in words of 8 bytes, each in one step: a bit that a device sets meanwhile is in this answer or
   * in the next. Offset and length are multiples of 8.
   */
  take(offset: number, length: number): Uint8Array;
}

export interface Addon {
  /** Names this surface as it was when the addon was built. */
  readonly surface: string;
  readonly io: Io;
  createDataPath(options: DataPathOptions): NativeResult<DataPath>;
  /** `zeroOnly`: it takes a ring only at its first index, as virtio-pci hardware does. */
  createEmulatedDevice(
    dataPath: DataPath,
    options: { readonly zeroOnly: boolean },
  ): NativeResult<EmulatedDevice>;
  /**
   * Opens the function of the group, which resets it; on the thread pool. EBUSY: the group is open elsewhere;
   * `group-not-viable`, `vfio-unsupported`, `virtio-capability-missing`, `virtio-capability-invalid`,
   * `notify-out-of-range`, else an errno name.
   */
  openVfioDevice(group: number, address: string): Promise<NativeResult<VfioDevice>>;
  /** Connected to no device yet. */
  createDeviceLink(): NativeResult<DeviceLink>;
  createGuest(spec: GuestSpec): NativeResult<Guest>;
  /** `size` in bytes: whole pages, else `EINVAL`. */
  createGuestRam(size: bigint): NativeResult<GuestRam>;
}
