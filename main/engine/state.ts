/**
 * All that the engine knows of one session, as one immutable value. What the front-end set, who serves each
 * ring and what is known of each notify page are facts kept here; `phase` is derived from them in one place
 * (`phase.ts`) after every step, so that no two fields can tell different stories.
 */
import type {
  ContradictionCode,
  Desired,
  Dialect,
  Evidence,
  Phase,
  ReasonCode,
  Role,
  StepName,
} from '../../app/contract/words.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { AreaId, EffectId, FdId, LogId, MemoryId } from './ids.ts';
import type { FdKind, SampleRow, TranslationMiss } from './ports.ts';
import type { RingAddresses } from './ring-config.ts';

/** An eventfd of a queue: never set, set to none (bit 8: poll, or do not interrupt), or an fd. */
export type Notifier =
  | { readonly kind: 'unset' }
  | { readonly kind: 'none' }
  | { readonly kind: 'fd'; readonly fd: FdId; readonly key: string | null };

export type Owner =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'engine' }
  | { readonly kind: 'accelerator'; readonly id: string };

/** An operation on a ring that has not reported back; a queue has at most one. */
export type RingOp =
  | { readonly kind: 'start'; readonly effect: EffectId; readonly memory: MemoryId }
  | { readonly kind: 'stop'; readonly effect: EffectId }
  | { readonly kind: 'replace-memory'; readonly effect: EffectId; readonly memory: MemoryId }
  | { readonly kind: 'handover-to'; readonly effect: EffectId; readonly accelerator: string }
  | { readonly kind: 'handover-back'; readonly effect: EffectId }
  | { readonly kind: 'take-area'; readonly effect: EffectId };

export interface Area {
  readonly id: AreaId;
  readonly offset: bigint;
  readonly size: bigint;
  /** Whose page it is. */
  readonly accelerator: string;
  /** What the fd that is handed out for it is. */
  readonly file: { readonly kind: FdKind; readonly key: string | null };
}

/** The last offer of a notify page, as sent, and what came of it; kept when the page is long gone. */
export interface Offer {
  readonly request: EffectId;
  readonly generation: number;
  readonly area: Area;
  /** Of this host, bytes: what the size was checked against. */
  readonly pageSize: bigint;
  readonly sentAt: number;
  readonly answer: { readonly value: bigint; readonly at: number } | null;
  readonly timedOut: boolean;
  /** What ended its generation; null while that goes on. */
  readonly ended: { readonly at: number; readonly cause: string } | null;
}

/**
 * What the front-end has of our notify page.
 * `taken`: in our hands only · `offered`: sent, not answered · `withdrawing`: removal sent, not answered ·
 * `unconfirmed`: nobody can tell; stays until the ring stops, and where its offer was not answered before that, until
 * the removal is answered or the connection ends: it may be mapped after the stop.
 * rfc2018, where an area outlives a stop of its ring: `kept`: unmapped, but known to the front-end ·
 * `restored`: it maps the area again, as SET_VRING_BASE came, and was not asked since.
 * `ended`: GET_VRING_BASE came since, so a mapping made before it is gone.
 * `resent`: it was known before, so that a refusal may leave it mapped.
 */
export type Page =
  | { readonly kind: 'none' }
  | { readonly kind: 'taken'; readonly area: Area }
  | {
      readonly kind: 'offered';
      readonly area: Area;
      readonly request: EffectId;
      readonly ended: boolean;
      readonly resent: boolean;
    }
  | { readonly kind: 'mapped'; readonly area: Area; readonly since: number }
  | { readonly kind: 'withdrawing'; readonly area: Area; readonly request: EffectId; readonly ended: boolean }
  | {
      readonly kind: 'unconfirmed';
      readonly area: Area;
      readonly request: EffectId | null;
      readonly ended: boolean;
    }
  | { readonly kind: 'kept' | 'restored'; readonly area: Area };

/**
 * rfc2018: what the front-end has of the accelerator's group for this queue; in the other dialect always `none`.
 * `sending`: not answered · `withdrawing`: its deletion not answered · `unconfirmed`: nobody can tell.
 * `current`: sent within this start of the ring; it has to be sent again after each, as a reset of the device
 * drops it and the draft tells us of no reset.
 * `resent`: one was held before, so that a refusal leaves that one.
 */
export type Group =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'sending';
      readonly accelerator: string;
      readonly request: EffectId;
      readonly current: boolean;
      readonly resent: boolean;
    }
  | { readonly kind: 'sent'; readonly accelerator: string; readonly current: boolean }
  | { readonly kind: 'withdrawing'; readonly accelerator: string; readonly request: EffectId }
  | { readonly kind: 'unconfirmed'; readonly accelerator: string; readonly request: EffectId | null };

/**
 * The wait before a page may be offered again (design rule 8). `maps`: the front-end's maps are read until
 * the earlier page is gone · `blind`: they cannot be read, so 250 ms pass that include an answered round trip.
 */
export interface Hold {
  readonly mode: 'maps' | 'blind';
  /** The query or timer that moves it on. */
  readonly waiting: EffectId;
  readonly roundTrip: 'none' | EffectId | 'answered';
}

/** Where a ring marks what it writes. */
export interface QueueLog {
  readonly log: LogId;
  /** Guest address of the used ring where that is marked too (VHOST_VRING_F_LOG). */
  readonly used: bigint | null;
}

/** The wait until the ring is at its first index, where alone this accelerator can start. */
export interface Wrap {
  readonly accelerator: string;
  /** Descriptors to go; null while unknown, or where the ring never gets there. */
  readonly remaining: number | null;
  /** How many of them went lately; null while unknown. */
  readonly perSecond: number | null;
  readonly readAt: number | null;
}

/** An accelerator that needs time before it can take the ring, and was told to get ready. */
export interface Preparation {
  readonly accelerator: string;
  /** The generation that it gets ready for. */
  readonly memory: MemoryId;
  /** Null: it is ready. */
  readonly effect: EffectId | null;
}

export interface Reason {
  readonly code: ReasonCode;
  readonly message: string;
  readonly at: number;
}

export interface Transition {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly cause: string;
}

export interface Step {
  readonly name: StepName;
  readonly number: number;
  readonly of: number;
  readonly since: number;
  /** `wrap` only: descriptors to go, and how many go in a second; null while unknown. */
  readonly remaining: number | null;
  readonly perSecond: number | null;
}

/** Which way notifications travel; evidence is about this and starts anew when it changes. */
export type NotifyPath = 'none' | 'software' | 'relay' | 'mapped' | 'changing';

export interface Proof {
  readonly path: NotifyPath;
  readonly since: number;
  /** Counters at the start of the window that traffic must prove. */
  readonly baseline: SampleRow | null;
  readonly notifyProven: boolean;
  readonly interruptProven: boolean;
  /** Seen in the front-end's maps. */
  readonly seen: boolean;
  /** The last look missed the page. */
  readonly missed: boolean;
  /** When the maps were last asked for. */
  readonly lookedAt: number;
  /** Kicks that came well after the acknowledgement. */
  readonly lateKicks: number;
  /** Since when descriptors wait while nothing moves; null while something does. */
  readonly stuckSince: number | null;
}

/** vIOMMU: what the ring waits for. */
export interface MissingTranslation extends TranslationMiss {
  /** Whether the front-end was asked for it: that waits while it is owed a reply. */
  readonly asked: boolean;
  /** When it has waited too long without a word; null until it is asked for. */
  readonly timer: EffectId | null;
}

export interface QueueState {
  readonly index: number;
  readonly role: Role;

  // What the front-end set.
  readonly size: number | null;
  readonly addresses: RingAddresses | null;
  /** SET_VRING_BASE; null before the first. */
  readonly base: number | null;
  /** Where the ring was stopped; null once it was set up anew. */
  readonly stoppedAt: number | null;
  readonly kick: Notifier;
  readonly call: Notifier;
  readonly err: Notifier;
  readonly enabled: boolean;
  /** Guest address at which the used ring is to be marked (VHOST_VRING_F_LOG); null: it is not. */
  readonly usedLog: bigint | null;

  // What is so.
  readonly owner: Owner;
  readonly op: RingOp | null;
  /** The generation under which the ring runs. */
  readonly memory: MemoryId | null;
  /** Broken by its guest or its memory: stays down until it is set up anew. */
  readonly broken: boolean;
  readonly page: Page;
  readonly offer: Offer | null;
  readonly group: Group;
  /** Where the front-end maps the page in use, as its maps say (evidence 2). */
  readonly mappedAt: bigint | null;
  /** A page of an earlier generation that the front-end may not have unmapped yet. */
  readonly removed: Area | null;
  /** A look into the front-end's maps for the page that is mapped. */
  readonly look: EffectId | null;
  readonly hold: Hold | null;
  readonly guardPoll: boolean;
  /** What the ring was told to mark. */
  readonly logging: QueueLog | null;
  /** While set, the engine is told to stop at the ring's first index. */
  readonly wrap: Wrap | null;
  readonly preparation: Preparation | null;
  /** The translation that the engine waits for, ring in place. */
  readonly translation: MissingTranslation | null;

  // What is wanted.
  readonly desired: Desired;
  readonly desiredAccelerator: string | null;
  /** Where the attempt to accelerate ended short of its goal; a retry or a new start clears it. */
  readonly settled: 'software' | 'relay' | null;

  // What is known and told.
  readonly phase: Phase;
  readonly step: Step | null;
  readonly since: number;
  readonly generation: number;
  readonly reason: Reason | null;
  readonly acknowledged: boolean;
  readonly contradiction: {
    readonly code: ContradictionCode;
    readonly message: string;
    readonly at: number;
  } | null;
  readonly proof: Proof;
  readonly evidence: Evidence;
  readonly interruptEvidence: Evidence;
  /** Null: not tried yet. False carries `mapsReason`. */
  readonly mapsReadable: boolean | null;
  readonly mapsReason: string | null;
  readonly blackoutNs: number | null;
  readonly transitions: readonly Transition[];
  /** Newest counters; null before the first sample. */
  readonly sample: SampleRow | null;
}

/** A request to the front-end that has not been answered. Answers carry no id: they come in this order. */
export type OutstandingRequest = QueueRequest | Notice;

/** About one queue, which waits for the answer. */
export interface QueueRequest {
  readonly queue: number;
  readonly id: EffectId;
  readonly what: 'offer' | 'removal' | 'round-trip' | 'group' | 'group-removal' | 'miss' | 'access-fail';
  /** When its time is over; its place in the order is not. */
  readonly timer: EffectId;
  readonly timedOut: boolean;
}

/** About the device: nothing waits for its answer, which has its place in the order all the same. */
export interface Notice {
  readonly queue: null;
  readonly what: 'config-change';
}

export type BackEndChannel =
  | { readonly kind: 'none' }
  | { readonly kind: 'open'; readonly outstanding: readonly OutstandingRequest[] }
  | { readonly kind: 'lost' };

/**
 * A message that is taken in but not done with; nothing more is read from the front-end until then.
 * `silence`: it did not ask for an answer, what follows must still wait.
 */
export interface OwedReply {
  /** Of the message, as the table names and numbers it. */
  readonly name: string;
  readonly request: number;
  readonly answer:
    | { readonly kind: 'frame'; readonly frame: Uint8Array }
    | { readonly kind: 'ack' }
    | { readonly kind: 'base'; readonly queue: number }
    | { readonly kind: 'silence' };
  /** Reports that must come first. */
  readonly waits: readonly EffectId[];
  /** Queues whose rings must be where the message wants them. */
  readonly queues: readonly number[];
  readonly failed: boolean;
}

export interface MemoryState {
  /** Counts the tables of this session. */
  readonly generation: number;
  readonly id: MemoryId;
  /** `copies`: how often the front-end added the region, which is how often it must remove it. */
  readonly regions: readonly {
    readonly region: MemRegion;
    readonly fd: FdId;
    readonly copies: number;
  }[];
}

/** A table that is being mapped: it replaces `memory` when that succeeds. */
export interface MappingMemory {
  readonly effect: EffectId;
  readonly regions: MemoryState['regions'];
}

/** Fixed when the session begins. */
export interface SessionConfig {
  readonly name: string;
  readonly dialect: Dialect;
  readonly queuePairs: number;
  readonly offeredFeatures: bigint;
  readonly offeredProtocol: bigint;
  /** The front-end is one whose removal answer means unmapped (our own), so that nothing has to be held. */
  readonly unmapsAtOnce: boolean;
  readonly maxMemorySlots: number;
  /** Largest MTU that NET_SET_MTU may set; null where it is not offered. */
  readonly maxMtu: number | null;
  /** Null where the device's configuration is not offered (CONFIG). */
  readonly netConfig: NetConfigOffer | null;
}

/** What the device's configuration tells beside the number of queue pairs and the MTU. */
export interface NetConfigOffer {
  /** Of the guest; null: it chooses itself. */
  readonly mac: string | null;
  /** Id of the accelerator whose link is the guest's; null: the guest's is always up. */
  readonly linkOf: string | null;
}

/** What the front-end knows of the guest's link. */
export interface KnownLink {
  /** As it last read it; null: it never did. */
  readonly up: boolean | null;
  /** It was told, on the channel that is open, to read the configuration again, and has not done so. */
  readonly told: boolean;
}

export interface SessionState {
  readonly config: SessionConfig;
  readonly nextEffect: number;
  readonly ackedFeatures: bigint | null;
  readonly ackedProtocol: bigint | null;
  /** Virtio device status as the front-end set it. */
  readonly status: bigint;
  /** As the front-end gave it to its guest; null: it did not say. */
  readonly mtu: number | null;
  readonly knownLink: KnownLink;
  readonly memory: MemoryState | null;
  readonly mapping: MappingMemory | null;
  /** Earlier generations that a ring still runs under. */
  readonly retired: readonly MemoryId[];
  /** The bitmap of dirty pages that the front-end shared last. */
  readonly log: LogId | null;
  /** Earlier ones that rings may still mark in. */
  readonly retiredLogs: readonly LogId[];
  readonly backEnd: BackEndChannel;
  /** rfc2018: whether the front-end speaks it, as its answer to the first group says; null before. */
  readonly speaksDialect: boolean | null;
  readonly owed: OwedReply | null;
  /** The process behind the socket has mapped a page of ours: its maps may be believed. */
  readonly mapsTrusted: boolean;
  readonly ending: boolean;
  readonly closed: boolean;
  readonly queues: readonly QueueState[];
}
