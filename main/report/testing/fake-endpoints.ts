/** Endpoints whose states a test sets by hand, for what stands on top of them. Never used outside tests. */
import { disposable, type Disposable } from '../../base/disposable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  EndpointChange,
  EndpointError,
  EndpointOptions,
  Endpoints,
  EndpointState,
  LogLine,
} from '../../engine/endpoints.ts';
import { initialQueue } from '../../engine/initial.ts';
import type { Accelerator, HardwareFacts } from '../../engine/ports.ts';
import type { QueueState } from '../../engine/state.ts';

export const FAKE_OPTIONS: EndpointOptions = {
  name: 'vm0',
  path: '/tmp/vm0.sock',
  mode: 'listen',
  dialect: 'upstream',
  desired: 'software',
  fileMode: 0o600,
  mtu: null,
  mac: null,
  config: false,
  group: null,
  queuePairs: 1,
  iommu: false,
  uplink: null,
  simulated: false,
};

export function fakeQueueState(index: number, change: Partial<QueueState> = {}): QueueState {
  return { ...initialQueue(index, { desired: 'software', accelerator: null }, 0), ...change };
}

export function fakeEndpoint(change: Partial<EndpointState> = {}): EndpointState {
  return {
    options: FAKE_OPTIONS,
    state: 'waiting',
    since: 0,
    peer: null,
    lastError: null,
    uplink: null,
    session: null,
    queues: [fakeQueueState(0), fakeQueueState(1)],
    badMessages: 0,
    ...change,
  };
}

/** Serves nothing; says what a test wants it to say. */
export class FakeAccelerator implements Accelerator {
  readonly id: string;
  readonly kind = 'fake';
  readonly capabilities: Accelerator['capabilities'] = {
    features: 0n,
    queues: 4,
    restoreIndex: 'any',
    stopPerQueue: true,
    preparesAhead: false,
    notifyPage: 'per-queue',
    logsDirtyPages: false,
    countsDoorbells: true,
    ownNetwork: false,
    simulated: true,
  };
  holding: readonly string[] = [];
  cpuNs: number | null = 0;
  facts: HardwareFacts | null = null;
  /** Tells whoever listens that something about it is another. */
  changed: () => void = () => undefined;

  constructor(id: string) {
    this.id = id;
  }

  probe(): ReturnType<Accelerator['probe']> {
    return { usable: true, problem: null };
  }
  hardware(): HardwareFacts | null {
    return this.facts;
  }
  group(): { readonly id: string; readonly fd: null } {
    return { id: `group of ${this.id}`, fd: null };
  }
  holders(): readonly string[] {
    return this.holding;
  }
  queue(): ReturnType<Accelerator['queue']> {
    return { ok: false, error: { code: 'accelerator-busy', message: 'A fake serves no rings' } };
  }
  onFault(): ReturnType<Accelerator['onFault']> {
    return { dispose: () => undefined };
  }
  onChange(listener: () => void): ReturnType<Accelerator['onChange']> {
    this.changed = listener;
    return { dispose: () => (this.changed = () => undefined) };
  }
  uplink(): null {
    return null;
  }

  simulatedCpuNs(): number | null {
    return this.cpuNs;
  }
  close(): void {
    this.holding = [];
  }
}

export class FakeEndpoints implements Endpoints {
  readonly #states = new Map<string, EndpointState>();
  readonly #changes = new Set<(change: EndpointChange) => void>();
  readonly #logs = new Set<(line: LogLine) => void>();
  readonly #accelerators: readonly Accelerator[];
  samples = 0;
  asked: readonly unknown[] = [];

  constructor(states: readonly EndpointState[], accelerators: readonly Accelerator[]) {
    for (const state of states) this.#states.set(state.options.name, state);
    this.#accelerators = accelerators;
  }

  list(): readonly EndpointState[] {
    return [...this.#states.values()];
  }
  get(name: string): EndpointState | null {
    return this.#states.get(name) ?? null;
  }
  accelerators(): readonly Accelerator[] {
    return this.#accelerators;
  }
  add(): Promise<Result<void, EndpointError>> {
    return Promise.resolve(ok(undefined));
  }
  remove(name: string): Promise<Result<void, EndpointError>> {
    this.#states.delete(name);
    this.tell({ name, removed: true, link: true, queues: [] });
    return Promise.resolve(ok(undefined));
  }
  setDesired(...asked: readonly unknown[]): Result<void, EndpointError> {
    this.asked = asked;
    return ok(undefined);
  }
  cancel(...asked: readonly unknown[]): Result<void, EndpointError> {
    this.asked = asked;
    return ok(undefined);
  }
  assign(...asked: readonly unknown[]): Result<number, EndpointError> {
    this.asked = asked;
    return ok(0);
  }
  statistics(name: string): Result<never, EndpointError> {
    return err({ code: 'not-connected', message: `No ring of ${name} was ever started` });
  }
  acknowledge(...asked: readonly unknown[]): Result<void, EndpointError> {
    this.asked = asked;
    return ok(undefined);
  }
  sampleAll(): void {
    this.samples++;
  }
  onChange(listener: (change: EndpointChange) => void): Disposable {
    this.#changes.add(listener);
    return disposable(() => this.#changes.delete(listener));
  }
  onLog(listener: (line: LogLine) => void): Disposable {
    this.#logs.add(listener);
    return disposable(() => this.#logs.delete(listener));
  }
  end(): Promise<void> {
    return Promise.resolve();
  }

  /** Replaces a queue's state and tells of it, as the engine does after a step. */
  setQueue(name: string, queue: QueueState): void {
    const state = this.#states.get(name);
    if (state === undefined) return;
    const queues = state.queues.map((old) => (old.index === queue.index ? queue : old));
    this.#states.set(name, { ...state, queues });
    this.tell({ name, removed: false, link: false, queues: [queue.index] });
  }

  tell(change: EndpointChange): void {
    for (const listener of this.#changes) listener(change);
  }

  log(line: LogLine): void {
    for (const listener of this.#logs) listener(line);
  }
}
