/**
 * Waits until queues are served by whom they were sent to. One poll of the engine serves every queue that
 * somebody waits for, so that many independent toggles cost no more than one.
 */
import { err, ok, type Result } from '../base/result.ts';
import type { LabEngine, LabFailure, LabQueue, Owner } from './engine-view.ts';

export interface QueueName {
  readonly session: string;
  readonly queue: number;
}

interface Waiter extends QueueName {
  readonly owner: Owner;
  readonly deadline: number;
  readonly settle: (result: Result<LabQueue, LabFailure>) => void;
}

const POLL_MS = 1;

/** Arrived, still on the way (null), or stuck with the engine's reason. */
function judge(
  queue: LabQueue | undefined,
  waiter: Waiter,
  now: number,
): Result<LabQueue, LabFailure> | null {
  const name = `${waiter.session} queue ${waiter.queue}`;
  if (queue === undefined) return err({ code: 'queue', message: `${name} does not exist` });
  const there = waiter.owner === 'accelerated' ? queue.phase === 'mapped' : queue.phase === 'software';
  if (there && queue.enabled && queue.evidence >= 1) return ok(queue);
  if (now < waiter.deadline) return null;
  const why = queue.reason === null ? '' : `: ${queue.reason.code}, ${queue.reason.message}`;
  return err({ code: 'queue', message: `${name} is ${queue.phase}, not ${waiter.owner}${why}` });
}

export class OwnerWatch {
  readonly #engine: LabEngine;
  #waiters: readonly Waiter[] = [];
  #polling = false;

  constructor(engine: LabEngine) {
    this.#engine = engine;
  }

  /** Resolves with the queue's record once it is there, or with a `queue` failure after `timeoutMs`. */
  arrival(name: QueueName, owner: Owner, timeoutMs: number): Promise<Result<LabQueue, LabFailure>> {
    return new Promise((settle) => {
      this.#waiters = [...this.#waiters, { ...name, owner, deadline: Date.now() + timeoutMs, settle }];
      if (!this.#polling) void this.#poll();
    });
  }

  async #poll(): Promise<void> {
    this.#polling = true;
    while (this.#waiters.length > 0) {
      const sessions = await this.#engine.snapshot();
      const waiters = this.#waiters;
      this.#waiters = [];
      const now = Date.now();
      for (const waiter of waiters) {
        const queues = sessions.ok
          ? sessions.value.find((session) => session.name === waiter.session)?.queues
          : [];
        const verdict = sessions.ok
          ? judge(
              queues?.find((queue) => queue.index === waiter.queue),
              waiter,
              now,
            )
          : err(sessions.error);
        if (verdict === null) this.#waiters = [...this.#waiters, waiter];
        else waiter.settle(verdict);
      }
      if (this.#waiters.length > 0) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.#polling = false;
  }
}
