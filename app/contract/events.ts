/**
 * What a subscriber hears. `state` begins with a snapshot and goes on with whole changed records, numbered
 * without gaps: a reader that sees a gap asks for the snapshot again. `counters` may skip ticks, never state.
 */
import { z } from 'zod';
import { QueueDelta } from './delta.ts';
import { AcceleratorSnapshot, EngineSnapshot, QueueSnapshot, SessionSnapshot } from './snapshot.ts';

/** One line of the event feed. */
export const FeedEntry = z.object({
  at: z.number(),
  severity: z.enum(['note', 'warn', 'error']),
  session: z.string().nullable(),
  queue: z.number().int().nullable(),
  code: z.string(),
  message: z.string(),
});
export type FeedEntry = z.infer<typeof FeedEntry>;

/** A session without its queues: they travel as records of their own. */
export const SessionRecord = SessionSnapshot.omit({ queues: true }).extend({ queueCount: z.number().int() });
export type SessionRecord = z.infer<typeof SessionRecord>;

const Snapshot = z.object({
  kind: z.literal('snapshot'),
  seq: z.number().int(),
  snapshot: EngineSnapshot,
  feed: z.array(FeedEntry),
});

const Changed = z.object({
  kind: z.literal('changed'),
  seq: z.number().int(),
  sessions: z.array(SessionRecord),
  /** Endpoints that are gone. */
  removed: z.array(z.string()),
  queues: z.array(z.object({ session: z.string(), queue: QueueSnapshot })),
  accelerators: z.array(AcceleratorSnapshot),
  feed: z.array(FeedEntry),
  readOnly: z.boolean(),
});

export const StateEvent = z.discriminatedUnion('kind', [Snapshot, Changed]);
export type StateEvent = z.infer<typeof StateEvent>;

/** The same for a reader that says when it wants the next: queues that it knows come as what moved of them. */
export const PacedEvent = z.discriminatedUnion('kind', [
  Snapshot,
  Changed.extend({ moved: z.array(QueueDelta) }),
]);
export type PacedEvent = z.infer<typeof PacedEvent>;

/** As many lines of the feed are kept for a reader that is behind, and shown by a panel: the newest. */
export const FEED_LIMIT = 500;

export const QueueRef = z.object({ session: z.string(), index: z.number().int().nonnegative() });
export type QueueRef = z.infer<typeof QueueRef>;

/** `values` holds COUNTER_FIELDS and then availIdx, usedIdx for each subscribed queue in turn; -1 is unknown. */
export const CountersEvent = z.object({
  at: z.number(),
  /** 99th percentile of the event loop's delay since the last tick, milliseconds. */
  loopDelayMs: z.number(),
  queues: z.array(QueueRef),
  values: z.array(z.number()),
});
export type CountersEvent = z.infer<typeof CountersEvent>;
/** Numbers per queue in `CountersEvent.values`. */
export const COUNTERS_STRIDE = 8;
