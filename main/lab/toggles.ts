/** Moves queues between software and the accelerator, each on its own clock, while traffic flows. */
import { ok, type Result } from '../base/result.ts';
import type { LabEngine, LabFailure, Owner } from './engine-view.ts';
import { OwnerWatch, type QueueName } from './owner-watch.ts';
import { randomFrom } from './random.ts';

/** Every step of the engine ends sooner; a queue that takes longer is stuck. */
const ARRIVAL_MS = 10_000;
/** Longest random rest of a queue between two toggles, so that no two queues stay in step. */
const REST_MS = 3;

export interface ToggleResult {
  /** Changes of owner that arrived. */
  readonly done: number;
  /** One per change. */
  readonly blackoutsNs: readonly number[];
}

export class Toggles {
  readonly #engine: LabEngine;
  readonly #watch: OwnerWatch;
  readonly #blackoutsNs: number[] = [];
  #done = 0;

  constructor(engine: LabEngine) {
    this.#engine = engine;
    this.#watch = new OwnerWatch(engine);
  }

  get result(): ToggleResult {
    return { done: this.#done, blackoutsNs: [...this.#blackoutsNs] };
  }

  /** One change of owner, from the command to its arrival. */
  async move(name: QueueName, owner: Owner): Promise<Result<void, LabFailure>> {
    const sent = await this.#engine.setDesired(name.session, name.queue, owner);
    if (!sent.ok) return sent;
    const arrived = await this.#watch.arrival(name, owner, ARRIVAL_MS);
    if (!arrived.ok) return arrived;
    this.#done += 1;
    if (arrived.value.blackoutNs !== null) this.#blackoutsNs.push(arrived.value.blackoutNs);
    return ok(undefined);
  }

  /** All queues at once; the first failure, after all have ended. */
  async moveAll(names: readonly QueueName[], owner: Owner): Promise<Result<void, LabFailure>> {
    return firstFailure(await Promise.all(names.map((name) => this.move(name, owner))));
  }

  /**
   * `total` changes in all, shared out among the queues, which go back and forth independently of each other
   * and end in software. Every queue is in software at first. A failure ends its queue's share.
   */
  async soak(names: readonly QueueName[], total: number, seed: number): Promise<Result<void, LabFailure>> {
    const share = 2 * Math.ceil(total / names.length / 2);
    return firstFailure(
      await Promise.all(names.map((name, i) => this.#backAndForth(name, share, randomFrom(seed + i)))),
    );
  }

  async #backAndForth(
    name: QueueName,
    changes: number,
    random: () => number,
  ): Promise<Result<void, LabFailure>> {
    for (let i = 0; i < changes; i++) {
      await new Promise((resolve) => setTimeout(resolve, random() * REST_MS));
      const moved = await this.move(name, i % 2 === 0 ? 'accelerated' : 'software');
      if (!moved.ok) return moved;
    }
    return ok(undefined);
  }
}

function firstFailure(results: readonly Result<void, LabFailure>[]): Result<void, LabFailure> {
  return results.find((result) => !result.ok) ?? ok(undefined);
}
