/**
 * What the service needs from the engine. `main/report` implements it over the endpoints; tests use a real
 * class with the same interface.
 */
import type { CommandError } from '../../app/contract/commands.ts';
import type { FeedEntry, QueueRef } from '../../app/contract/events.ts';
import type { QueueStatistics } from '../../app/contract/statistics.ts';
import type { AcceleratorSnapshot, NetworkSnapshot, SessionSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { Disposable } from '../base/disposable.ts';
import type { Result } from '../base/result.ts';

/** What moved since the last call; records are read when they are sent, so a burst costs one record each. */
export interface EngineChange {
  readonly sessions: readonly string[];
  readonly removed: readonly string[];
  readonly queues: readonly QueueRef[];
  readonly accelerators: boolean;
  readonly feed: readonly FeedEntry[];
}

export interface EnginePort {
  /** Counters and evidence are sampled for this call. */
  sessions(): readonly SessionSnapshot[];
  session(name: string): SessionSnapshot | null;
  accelerators(): readonly AcceleratorSnapshot[];
  network(): NetworkSnapshot;
  /** The newest entries, oldest first. */
  feed(): readonly FeedEntry[];
  setDesired(
    queue: QueueRef,
    desired: Desired,
    accelerator: string | null,
    request: number,
  ): Result<void, CommandError>;
  cancel(queue: QueueRef, request: number): Result<void, CommandError>;
  acknowledge(queue: QueueRef): Result<void, CommandError>;
  /** → the worker that served the queue before. */
  assign(queue: QueueRef, worker: number): Result<number, CommandError>;
  statistics(queue: QueueRef): Result<QueueStatistics, CommandError>;
  /** COUNTERS_STRIDE numbers per queue, -1 unknown. Unknown queues yield a row of -1. */
  counters(queues: readonly QueueRef[]): readonly number[];
  onChange(listener: (change: EngineChange) => void): Disposable;
  /** Withdraws every mapping, closes every session; resolves when nothing is left, at most 1.5 s later. */
  end(): Promise<void>;
}
