/**
 * The engine as the service sees it: endpoint states become contract snapshots, changes become lists of what
 * to read again, transitions and log lines become the feed. Nothing is kept here that the engine knows.
 */
import type { CommandError } from '../../app/contract/commands.ts';
import { COUNTERS_STRIDE, type FeedEntry, type QueueRef } from '../../app/contract/events.ts';
import {
  COUNTER_FIELDS,
  type AcceleratorSnapshot,
  type NetworkSnapshot,
  type SessionSnapshot,
} from '../../app/contract/snapshot.ts';
import type { QueueStatistics } from '../../app/contract/statistics.ts';
import type { Desired } from '../../app/contract/words.ts';
import { disposable, DisposableStack, type Disposable } from '../base/disposable.ts';
import type { Result } from '../base/result.ts';
import type { EndpointChange, Endpoints, LogLine } from '../engine/endpoints.ts';
import type { QueueState } from '../engine/state.ts';
import { acceleratorSnapshot, SimulatedCpu } from './accelerators.ts';
import { Feed } from './feed.ts';
import { sessionSnapshot } from './session-snapshot.ts';

/** What moved since the last call; structurally what the service's port asks for. */
export interface Change {
  readonly sessions: readonly string[];
  readonly removed: readonly string[];
  readonly queues: readonly QueueRef[];
  readonly accelerators: boolean;
  readonly feed: readonly FeedEntry[];
}

const UNKNOWN = -1;
const UNKNOWN_ROW: readonly number[] = new Array<number>(COUNTERS_STRIDE).fill(UNKNOWN);

function counterRow(queue: QueueState | undefined): readonly number[] {
  const sample = queue?.sample ?? null;
  if (sample === null) return UNKNOWN_ROW;
  return [...COUNTER_FIELDS.map((field) => sample[field]), sample.availIdx, sample.usedIdx].map(
    (value) => value ?? UNKNOWN,
  );
}

export class Report implements Disposable {
  readonly #endpoints: Endpoints;
  readonly #network: () => NetworkSnapshot;
  readonly #now: () => number;
  readonly #feed = new Feed();
  readonly #cpu = new SimulatedCpu();
  readonly #listeners = new Set<(change: Change) => void>();
  readonly #held = new DisposableStack();
  #holders = '';

  constructor(endpoints: Endpoints, network: () => NetworkSnapshot, now: () => number = Date.now) {
    this.#endpoints = endpoints;
    this.#network = network;
    this.#now = now;
    this.#held.add(endpoints.onChange((change) => this.#onChange(change)));
    this.#held.add(endpoints.onLog((line) => this.#onLog(line)));
    const told = { sessions: [], removed: [], queues: [], accelerators: true, feed: [] };
    for (const accelerator of endpoints.accelerators())
      this.#held.add(accelerator.onChange(() => this.#tell(told)));
  }

  dispose(): void {
    this.#held.dispose();
  }

  /** Every queue is sampled for this call. */
  sessions(): readonly SessionSnapshot[] {
    this.#endpoints.sampleAll();
    const accelerators = this.#endpoints.accelerators();
    return this.#endpoints.list().map((endpoint) => sessionSnapshot(endpoint, accelerators));
  }

  /** As last sampled: a record that is sent because it changed must not cost a look at every ring. */
  session(name: string): SessionSnapshot | null {
    const endpoint = this.#endpoints.get(name);
    return endpoint === null ? null : sessionSnapshot(endpoint, this.#endpoints.accelerators());
  }

  accelerators(): readonly AcceleratorSnapshot[] {
    const now = this.#now();
    return this.#endpoints
      .accelerators()
      .map((accelerator) => acceleratorSnapshot(accelerator, this.#cpu.share(accelerator, now)));
  }

  network(): NetworkSnapshot {
    return this.#network();
  }

  feed(): readonly FeedEntry[] {
    return this.#feed.newest();
  }

  setDesired(
    { session, index }: QueueRef,
    desired: Desired,
    accelerator: string | null,
    request: number,
  ): Result<void, CommandError> {
    return this.#endpoints.setDesired(session, index, desired, accelerator, request);
  }

  cancel({ session, index }: QueueRef, request: number): Result<void, CommandError> {
    return this.#endpoints.cancel(session, index, request);
  }

  acknowledge({ session, index }: QueueRef): Result<void, CommandError> {
    return this.#endpoints.acknowledge(session, index);
  }

  assign({ session, index }: QueueRef, worker: number): Result<number, CommandError> {
    return this.#endpoints.assign(session, index, worker);
  }

  statistics({ session, index }: QueueRef): Result<QueueStatistics, CommandError> {
    return this.#endpoints.statistics(session, index);
  }

  counters(queues: readonly QueueRef[]): readonly number[] {
    this.#endpoints.sampleAll();
    const names = new Set(queues.map(({ session }) => session));
    const states = new Map([...names].map((name) => [name, this.#endpoints.get(name)?.queues]));
    return queues.flatMap(({ session, index }) => counterRow(states.get(session)?.[index]));
  }

  onChange(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }

  async end(): Promise<void> {
    await this.#endpoints.end();
  }

  #onChange(change: EndpointChange): void {
    const { name } = change;
    if (change.removed) {
      this.#feed.forget(name);
      this.#tell({ sessions: [], removed: [name], queues: [], accelerators: true, feed: [] });
      return;
    }
    const states = change.queues.length === 0 ? [] : (this.#endpoints.get(name)?.queues ?? []);
    const changed = states.filter((queue) => change.queues.includes(queue.index));
    this.#tell({
      sessions: change.link ? [name] : [],
      removed: [],
      queues: changed.map(({ index }) => ({ session: name, index })),
      accelerators: this.#holdersMoved(),
      feed: changed.flatMap((queue) => this.#feed.queue(name, queue)),
    });
  }

  #onLog(line: LogLine): void {
    const entry = this.#feed.line(line);
    this.#tell({ sessions: [], removed: [], queues: [], accelerators: false, feed: [entry] });
  }

  /** Whether any accelerator serves other queues than when last asked. */
  #holdersMoved(): boolean {
    const holders = this.#endpoints
      .accelerators()
      .map((accelerator) => accelerator.holders().join(' '))
      .join('\n');
    const moved = holders !== this.#holders;
    this.#holders = holders;
    return moved;
  }

  #tell(change: Change): void {
    for (const listener of this.#listeners) listener(change);
  }
}
