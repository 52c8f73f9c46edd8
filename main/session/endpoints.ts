/** All endpoints of one engine, by name. See `main/engine/endpoints.ts` for what each call promises. */
import type { Desired } from '../../app/contract/words.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import { err, ok, type Result } from '../base/result.ts';
import type {
  EndpointChange,
  EndpointError,
  EndpointOptions,
  Endpoints,
  EndpointState,
  LogLine,
} from '../engine/endpoints.ts';
import { isAtRest } from '../engine/phase.ts';
import type { Accelerator, QueueStatistics } from '../engine/ports.ts';
import type { SessionState } from '../engine/state.ts';
import type { Surroundings } from './connection.ts';
import { Endpoint } from './endpoint.ts';
import { Sampler } from './sampler.ts';
import { SystemClock } from './system-clock.ts';

/** How long `end` waits for the front-ends to confirm that their pages are gone. */
const END_WAIT_MS = 1000;
/** virtio-net allows more; this is what is tested. */
export const MAX_QUEUE_PAIRS = 16;

export class SessionEndpoints implements Endpoints {
  readonly #surroundings: Surroundings;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #changeListeners = new Set<(change: EndpointChange) => void>();
  readonly #logListeners = new Set<(line: LogLine) => void>();
  readonly #sampler: Sampler;
  readonly #broken: Disposable;
  #ending: Promise<void> | null = null;

  /** Neither the data path nor the accelerators are closed by `end`: they are the caller's. */
  constructor(surroundings: Omit<Surroundings, 'clock' | 'tap'> & Partial<Surroundings>) {
    this.#surroundings = { clock: new SystemClock(), tap: null, ...surroundings };
    this.#sampler = new Sampler(this.#surroundings.clock, () => this.#connections());
    this.#broken = surroundings.dataPath.onNotice(() => this.sampleAll());
  }

  list(): readonly EndpointState[] {
    return [...this.#endpoints.values()].map((endpoint) => endpoint.state());
  }

  get(name: string): EndpointState | null {
    return this.#endpoints.get(name)?.state() ?? null;
  }

  accelerators(): readonly Accelerator[] {
    return this.#surroundings.accelerators;
  }

  async add(options: EndpointOptions): Promise<Result<void, EndpointError>> {
    const problem = this.#problemWith(options);
    if (problem !== null) return invalid(problem);
    const endpoint = new Endpoint(options, this.#surroundings, {
      onChange: (change) => this.#changed(change),
      onLog: (line) => {
        for (const listener of this.#logListeners) listener(line);
      },
    });
    this.#endpoints.set(options.name, endpoint);
    const opened = await endpoint.open();
    if (!opened.ok) {
      this.#endpoints.delete(options.name);
      endpoint.close();
      return invalid(opened.error);
    }
    this.#changed({
      name: options.name,
      removed: false,
      link: true,
      queues: endpoint.state().queues.map((queue) => queue.index),
    });
    return ok(undefined);
  }

  async remove(name: string): Promise<Result<void, EndpointError>> {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) return unknownSession(name);
    await this.#endAll([endpoint]);
    this.#endpoints.delete(name);
    this.#changed({ name, removed: true, link: true, queues: [] });
    return ok(undefined);
  }

  setDesired(
    name: string,
    index: number,
    desired: Desired,
    accelerator: string | null,
    request: number,
  ): Result<void, EndpointError> {
    const found = this.#find(name, index);
    if (!found.ok) return found;
    if (accelerator !== null && !this.accelerators().some((one) => one.id === accelerator))
      return err({ code: 'unknown-accelerator', message: `No accelerator has the id ${accelerator}` });
    found.value.setDesired(index, desired, accelerator, request);
    return ok(undefined);
  }

  cancel(name: string, index: number, request: number): Result<void, EndpointError> {
    const found = this.#find(name, index);
    if (!found.ok) return found;
    if (found.value.cancel(index, request)) return ok(undefined);
    return err({ code: 'nothing-to-do', message: `Nothing is in progress on queue ${index} of ${name}` });
  }

  acknowledge(name: string, index: number): Result<void, EndpointError> {
    const found = this.#find(name, index);
    if (found.ok) found.value.acknowledge(index);
    return found.ok ? ok(undefined) : found;
  }

  statistics(name: string, index: number): Result<QueueStatistics, EndpointError> {
    const found = this.#find(name, index);
    if (!found.ok) return found;
    const statistics = found.value.statistics(index);
    return statistics === null ? noRing(name, index) : ok(statistics);
  }

  assign(name: string, index: number, worker: number): Result<number, EndpointError> {
    const found = this.#find(name, index);
    if (!found.ok) return found;
    const before = found.value.assign(index, worker);
    if (before === null) return noRing(name, index);
    return before.ok ? before : invalid(before.error.message);
  }

  sampleAll(): void {
    for (const { runner } of this.#connections()) runner.sample();
  }

  onChange(listener: (change: EndpointChange) => void): Disposable {
    this.#changeListeners.add(listener);
    return disposable(() => this.#changeListeners.delete(listener));
  }

  onLog(listener: (line: LogLine) => void): Disposable {
    this.#logListeners.add(listener);
    return disposable(() => this.#logListeners.delete(listener));
  }

  end(): Promise<void> {
    this.#ending ??= this.#endAll([...this.#endpoints.values()]).then(() => {
      this.#sampler.dispose();
      this.#broken.dispose();
    });
    return this.#ending;
  }

  *#connections() {
    for (const { connection } of this.#endpoints.values()) if (connection !== null) yield connection;
  }

  #find(name: string, index: number): Result<Endpoint, EndpointError> {
    const endpoint = this.#endpoints.get(name);
    if (endpoint === undefined) return unknownSession(name);
    if (Number.isInteger(index) && index >= 0 && index < endpoint.options.queuePairs * 2) return ok(endpoint);
    return err({ code: 'unknown-queue', message: `${name} has no queue ${index}` });
  }

  #problemWith(options: EndpointOptions): string | null {
    const { name, queuePairs, uplink } = options;
    if (this.#ending !== null) return 'The engine is ending';
    if (name === '') return 'An endpoint needs a name';
    if (this.#endpoints.has(name)) return `There is already an endpoint named ${name}`;
    if (!Number.isInteger(queuePairs) || queuePairs < 1 || queuePairs > MAX_QUEUE_PAIRS)
      return `${queuePairs} queue pairs: not from 1 to ${MAX_QUEUE_PAIRS}`;
    return uplink === null ? null : this.#problemWithUplink(uplink);
  }

  #problemWithUplink(id: string): string | null {
    const device = this.accelerators().find((one) => one.id === id);
    if (device === undefined) return `uplink=${id}: no accelerator has this id`;
    return device.capabilities.ownNetwork ? null : `uplink=${id}: this accelerator has no network of its own`;
  }

  #changed(change: EndpointChange): void {
    this.#sampler.wake();
    for (const listener of this.#changeListeners) listener(change);
  }

  /** Withdraws, waits until nothing is exposed or the time is over, and closes. */
  async #endAll(endpoints: readonly Endpoint[]): Promise<void> {
    for (const endpoint of endpoints) endpoint.withdraw();
    const isQuiet = () =>
      endpoints.every(({ connection }) => connection === null || isWithdrawn(connection.state));
    if (!isQuiet())
      await new Promise<void>((resolve) => {
        const finish = () => {
          timer.dispose();
          heard.dispose();
          resolve();
        };
        const timer = this.#surroundings.clock.after(END_WAIT_MS, finish);
        const heard = this.onChange(() => {
          if (isQuiet()) finish();
        });
      });
    for (const endpoint of endpoints) endpoint.close();
  }
}

function isWithdrawn(session: SessionState): boolean {
  return session.queues.every(
    ({ page, owner, group }) =>
      // Of what nobody can tell no answer is to be waited for where the ring is stopped, too.
      (isAtRest(page) || (page.kind === 'unconfirmed' && owner.kind === 'nobody')) &&
      owner.kind !== 'accelerator' &&
      // Of a ring that is stopped, groups go with the connection.
      (owner.kind === 'nobody' || group.kind === 'none' || group.kind === 'unconfirmed'),
  );
}

const invalid = (message: string): Result<never, EndpointError> => err({ code: 'invalid-input', message });
const noRing = (name: string, index: number): Result<never, EndpointError> =>
  err({
    code: 'not-connected',
    message: `Queue ${index} of ${name} has had no ring since its front-end connected`,
  });
const unknownSession = (name: string): Result<never, EndpointError> =>
  err({ code: 'unknown-session', message: `No endpoint has the name ${name}` });
