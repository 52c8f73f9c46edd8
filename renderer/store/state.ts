/**
 * All that the panel knows, in one immutable value: the engine's last picture, what traffic did in the last
 * minute, how the link is, and what the operator asked but has not yet seen answered. Only `apply` makes the
 * next one.
 */
import type { CommandError } from '../../app/contract/commands.ts';
import type { FeedEntry, SessionRecord } from '../../app/contract/events.ts';
import type { AcceleratorSnapshot, QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { LinkState } from '../bridge/transport.ts';
import type { Change } from './change.ts';
import type { QueueHistory } from './history.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';

/** A request of this window that the engine's state does not show yet. Never drawn as if it were so. */
export interface Asked {
  readonly desired: Desired;
  /** This window's clock. */
  readonly at: number;
  /** Rates just before, for the measured change. */
  readonly before: Rates;
  readonly error: CommandError | null;
}

export interface Rates {
  readonly kicks: number | null;
  readonly doorbells: number | null;
}

/** What a change that this window asked for did to the traffic, shown once. */
export interface Measured {
  readonly before: Rates;
  /** Engine clock: when the queue reached what was asked; null until it does. */
  readonly reachedAt: number | null;
}

/** A fallback that nobody acknowledged: it is remembered although the queue may run as desired again. */
export interface Fallback {
  /** Engine clock. */
  readonly at: number;
  readonly message: string;
}

/** What changed between the last value seen and the first one after the link came back. */
export interface AwayReport {
  readonly lostAt: number;
  readonly backAt: number;
  readonly changes: readonly { readonly key: QueueKey; readonly was: string; readonly is: string }[];
}

export interface PanelState {
  readonly link: LinkState;
  readonly engine: { readonly version: string; readonly pid: number; readonly startedAt: number } | null;
  readonly readOnly: boolean;
  /** Number of the last state event; null before the first snapshot and while a new one is awaited. */
  readonly seq: number | null;
  /** State events that never came, since the window opened. */
  readonly dropped: number;
  /** Frames that no schema accepts. */
  readonly unreadable: number;
  readonly sessions: readonly SessionRecord[];
  readonly queues: ReadonlyMap<QueueKey, QueueSnapshot>;
  /** Keys of each session's queues by index. The same array as long as no queue came or went. */
  readonly order: ReadonlyMap<string, readonly QueueKey[]>;
  readonly accelerators: readonly AcceleratorSnapshot[];
  /** Oldest first, at most FEED_LIMIT. */
  readonly feed: readonly FeedEntry[];
  readonly histories: ReadonlyMap<QueueKey, QueueHistory>;
  readonly loopDelayMs: number | null;
  /** This window's clock at the last frame of any kind. */
  readonly heardAt: number | null;
  /** Set while the picture is not live: when the engine was last heard before the link was lost. */
  readonly frozenAt: number | null;
  /** State records per second, over the last full second. */
  readonly eventsPerSecond: number;
  /** Engine clock minus this window's clock. */
  readonly skewMs: number;
  readonly asked: ReadonlyMap<QueueKey, Asked>;
  readonly measured: ReadonlyMap<QueueKey, Measured>;
  /** The last change that this window asked for. */
  readonly change: Change | null;
  readonly fallbacks: ReadonlyMap<QueueKey, Fallback>;
  readonly away: AwayReport | null;
}

export const emptyState = (now: number): PanelState => ({
  link: { kind: 'connecting', since: now },
  engine: null,
  readOnly: false,
  seq: null,
  dropped: 0,
  unreadable: 0,
  sessions: [],
  queues: new Map(),
  order: new Map(),
  accelerators: [],
  feed: [],
  histories: new Map(),
  loopDelayMs: null,
  heardAt: null,
  frozenAt: null,
  eventsPerSecond: 0,
  skewMs: 0,
  asked: new Map(),
  measured: new Map(),
  change: null,
  fallbacks: new Map(),
  away: null,
});
