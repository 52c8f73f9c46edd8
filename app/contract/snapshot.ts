/**
 * The one picture of the engine that every door hands out. JSON throughout: u64 is hex text, unknown is
 * null (never 0), times are milliseconds since the epoch.
 */
import { z } from 'zod';
import {
  ContradictionCode,
  Desired,
  Dialect,
  Evidence,
  LinkState,
  Phase,
  ReasonCode,
  Role,
  StepName,
} from './words.ts';

/** An unsigned 64-bit value as `0x…` text: JSON numbers end at 2^53. */
export const Hex = z.string().regex(/^0x[0-9a-f]{1,16}$/);

const Count = z.number().int().nonnegative();
/** A counter that this path may be unable to see is null. */
const Counter = Count.nullable();

export const QueueCounters = z.object({
  /** Reads of the kick eventfd that found it signalled. */
  kicks: Counter,
  /** Observed changes of the notify page (stores coalesce, so fewer than stores); null where the device cannot count. */
  doorbells: Counter,
  /** Interrupts raised by the accelerator. */
  interrupts: Counter,
  /** Call eventfd writes by the engine. */
  calls: Counter,
  /** Descriptor chains completed by the engine's worker. */
  engineDescriptors: Counter,
  /** Descriptor chains completed by the accelerator; null where the device cannot count. */
  deviceDescriptors: Counter,
});
export type QueueCounters = z.infer<typeof QueueCounters>;
/** The order of the numbers in a counters tick; null travels as -1. */
export const COUNTER_FIELDS = [
  'kicks',
  'doorbells',
  'interrupts',
  'calls',
  'engineDescriptors',
  'deviceDescriptors',
] as const satisfies readonly (keyof QueueCounters)[];

export const Reason = z.object({ code: ReasonCode, message: z.string(), at: z.number() });
export type Reason = z.infer<typeof Reason>;

export const Transition = z.object({
  at: z.number(),
  from: z.string(),
  to: z.string(),
  /** Who or what moved it: a message, a command with its request id, an answer, a timer. */
  cause: z.string(),
});
export type Transition = z.infer<typeof Transition>;

/** The last offer of a notify page to the front-end, as sent, and what came of it. It outlives the page. */
export const PageOffer = z.object({
  generation: Count,
  offset: Hex,
  size: Hex,
  /** Page size of this host, which the size was checked against. */
  hostPageSize: Hex,
  /** What the fd that was sent is; the key is null where the kernel does not tell. */
  file: z.object({ kind: z.string(), key: z.string().nullable() }),
  sentAt: z.number(),
  /** 0 is success. */
  answer: z.object({ code: Hex, latencyMs: z.number().nonnegative() }).nullable(),
  timedOut: z.boolean(),
  /** What ended its generation; null while that goes on. */
  ended: z.object({ at: z.number(), cause: z.string() }).nullable(),
});
export type PageOffer = z.infer<typeof PageOffer>;

export const QueueSnapshot = z.object({
  index: Count,
  role: Role,
  /** Entries; null until SET_VRING_NUM. */
  size: Count.nullable(),
  started: z.boolean(),
  enabled: z.boolean(),
  desired: Desired,
  /** The accelerator asked for by name, or null for the endpoint's first. */
  desiredAccelerator: z.string().nullable(),
  phase: Phase,
  step: z
    .object({
      name: StepName,
      /** Position among the steps of this change, from 1. */
      number: Count,
      of: Count,
      since: z.number(),
      /** `wrap` only: descriptors to go, and how many go in a second at the present rate. */
      remaining: Count.nullable(),
      perSecond: z.number().nonnegative().nullable(),
    })
    .nullable(),
  evidence: Evidence,
  interruptEvidence: Evidence,
  /** Whether evidence 2 can be had here: null unknown, false with a reason in `mapsReason`. */
  mapsReadable: z.boolean().nullable(),
  mapsReason: z.string().nullable(),
  generation: Count,
  /** When the queue entered its phase. */
  since: z.number(),
  reason: Reason.nullable(),
  /** The operator has seen the reason; cleared by the next one. */
  acknowledged: z.boolean(),
  contradiction: z.object({ code: ContradictionCode, message: z.string(), at: z.number() }).nullable(),
  accelerator: z.string().nullable(),
  group: z.object({ id: z.string(), holders: Count, sent: z.boolean() }).nullable(),
  notifyRegion: z.object({ mapped: z.boolean().nullable(), offset: Hex, size: Hex }).nullable(),
  /** Null until a page was offered in this session. */
  offer: PageOffer.nullable(),
  /** Where the front-end maps the page in use, in its own addresses (evidence 2). */
  mappedAt: Hex.nullable(),
  counters: QueueCounters,
  /** Free-running 16-bit ring positions as last read; null where the ring cannot be read. */
  availIdx: Count.nullable(),
  usedIdx: Count.nullable(),
  vring: z.object({ desc: Hex, avail: Hex, used: Hex }).nullable(),
  /** The front-end replaced the memory table while the ring runs, and the ring does not run under the new one yet. */
  underEarlierTable: z.boolean(),
  kick: z.string().nullable(),
  call: z.string().nullable(),
  /** What the kernel calls the two: an eventfd's id, or null where it tells none. */
  kickIdentity: z.string().nullable(),
  callIdentity: z.string().nullable(),
  /** Length of the last change of owner in nanoseconds: last descriptor of the old to ready of the new. */
  blackoutNs: z.number().nonnegative().nullable(),
  transitions: z.array(Transition),
});
export type QueueSnapshot = z.infer<typeof QueueSnapshot>;

export const MemoryRegion = z.object({ guestAddress: Hex, size: Hex, frontendAddress: Hex, mmapOffset: Hex });
export type MemoryRegion = z.infer<typeof MemoryRegion>;

export const SessionSnapshot = z.object({
  /** The endpoint's name; it outlives connections. */
  name: z.string(),
  state: LinkState,
  socket: z.string(),
  mode: z.enum(['listen', 'connect']),
  dialect: Dialect,
  /** The front-end is Doorbell's own simulated guest. */
  simulated: z.boolean(),
  peer: z.object({ pid: z.number().int(), name: z.string().nullable() }).nullable(),
  features: z.object({ virtio: Hex, protocol: Hex }).nullable(),
  /** The names of those bits, lowest first; a bit without a name is `bit N`. */
  featureNames: z.object({ virtio: z.array(z.string()), protocol: z.array(z.string()) }).nullable(),
  memory: z.object({ generation: Count, regions: z.array(MemoryRegion) }).nullable(),
  since: z.number(),
  lastError: z.string().nullable(),
  /** MAC address that the endpoint was given for its guest; null for none. */
  mac: z.string().nullable(),
  /**
   * What frames in software pass instead of the switch: a ring of the engine's own on this accelerator. `connected`:
   * now; `problem`: why not, null where it was not asked for yet. Null: the switch.
   */
  uplink: z
    .object({ accelerator: z.string(), connected: z.boolean(), problem: z.string().nullable() })
    .nullable(),
  /** The exact command that starts a QEMU guest on this endpoint. */
  commandLine: z.string(),
  queues: z.array(QueueSnapshot),
});
export type SessionSnapshot = z.infer<typeof SessionSnapshot>;

/**
 * Which frames a device hands to its receive queues. `address`: those for `mac`, broadcasts and all groups · `as-reset`: it
 * cannot be told; what a reset leaves · null: nobody knows, and `problem` says why it could not be told.
 */
const Reception = z.object({
  kind: z.enum(['address', 'everything', 'as-reset']).nullable(),
  mac: z.string().nullable(),
  /** Where `mac` is from: the endpoint's options, or the frames that its guest sent in software. */
  source: z.enum(['endpoint', 'learned']).nullable(),
  problem: z.string().nullable(),
});
export type Reception = z.infer<typeof Reception>;

/** A PCI function as the system tells of it. */
export const HardwareSnapshot = z.object({
  address: z.string(),
  driver: z.string().nullable(),
  numaNode: z.number().int().nullable(),
  /** Null where no IOMMU isolates it. */
  viable: z.boolean().nullable(),
  /** Its own MAC address; null until it was opened, and where it tells none. */
  mac: z.string().nullable(),
  /** Of the network behind it; null where it does not tell, or serves nobody yet. */
  link: z.enum(['up', 'down']).nullable(),
  /** Which frames of that network it takes; null while it serves nobody. */
  receives: Reception.nullable(),
  /** MSI-X; null until it was opened. */
  vectors: z.object({ total: Count, used: Count }).nullable(),
  /** BARs with the parts that can be mapped; empty until it was opened. */
  regions: z.array(
    z.object({
      bar: z.number().int(),
      size: Hex,
      mappable: z.array(z.object({ offset: Hex, size: Hex })),
    }),
  ),
});
export type HardwareSnapshot = z.infer<typeof HardwareSnapshot>;

export const AcceleratorSnapshot = z.object({
  id: z.string(),
  kind: z.string(),
  simulated: z.boolean(),
  usable: z.boolean(),
  /** Why it is not usable, and what to do about it. */
  problem: z.object({ message: z.string(), remedy: z.string() }).nullable(),
  group: z.object({ id: z.string(), holders: z.array(z.string()) }).nullable(),
  /** Null for a simulated one. */
  hardware: HardwareSnapshot.nullable(),
  capabilities: z.object({
    restoreIndex: z.enum(['any', 'zero-only']),
    stopPerQueue: z.boolean(),
    notifyPage: z.enum(['per-queue', 'shared', 'none']),
    logsDirtyPages: z.boolean(),
    countsDoorbells: z.boolean(),
  }),
  /** CPU share of the simulated device's own thread, 0..1 of one core; silicon in reality, never the engine's. */
  simulatedCpu: z.number().nonnegative().nullable(),
});
export type AcceleratorSnapshot = z.infer<typeof AcceleratorSnapshot>;

/** What lies behind the queues: the switch and the lab peer. Counted since start. */
export const NetworkSnapshot = z.object({
  /** Frames that the lab peer swallowed: addressed to it or to nobody known, and nothing that it answers. */
  sinkFrames: Count,
  sinkBytes: Count,
  /** Frames that the lab peer answered. */
  answered: Count,
  /** Frames that could not be delivered, of all ports. */
  dropped: Count,
});
export type NetworkSnapshot = z.infer<typeof NetworkSnapshot>;

export const EngineSnapshot = z.object({
  version: z.string(),
  pid: z.number().int(),
  startedAt: z.number(),
  readOnly: z.boolean(),
  sessions: z.array(SessionSnapshot),
  accelerators: z.array(AcceleratorSnapshot),
  /** As read for this snapshot; it changes with every frame, so no event tells of it. */
  network: NetworkSnapshot,
});
export type EngineSnapshot = z.infer<typeof EngineSnapshot>;
