/**
 * A change of one queue or of many, as one thing. The engine knows single requests only; that they belong together is this
 * window's doing.
 */
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { QueueKey } from '../../app/contract/queue-key.ts';

/** What each queue is asked to be. */
export type Targets = ReadonlyMap<QueueKey, Desired>;

export interface Change {
  /** Counted by this window, from 1. */
  readonly id: number;
  /** This window's clock. */
  readonly at: number;
  readonly targets: Targets;
  /** Their records at the moment of asking. */
  readonly before: ReadonlyMap<QueueKey, QueueSnapshot>;
  readonly accelerator: string | null;
  /** Requests that left this window, with the number that the engine gave each: null until it answers. */
  readonly sent: ReadonlyMap<QueueKey, number | null>;
  /** The first failure stops what was not sent yet. */
  readonly stopAtFailure: boolean;
  /** The requests that this change takes back; null for one that takes nothing back. */
  readonly reverses: readonly number[] | null;
  /** It was taken back, or is too old to offer that. */
  readonly isOver: boolean;
}
