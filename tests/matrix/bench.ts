/** A real engine and two real front-ends on real sockets, and one picture of what each side says it holds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine } from '../../app/compose/engine.ts';
import { endpointOptions } from '../../app/compose/options.ts';
import type { RunningEngine } from '../../app/compose/running-engine.ts';
import type { ServiceClient } from '../../app/contract/service.ts';
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired, Dialect } from '../../app/contract/words.ts';
import { loadAddon } from '../../main/addon/load.ts';
import { NO_FAULTS, type FaultProfile } from '../../main/vmm/faults.ts';
import { GroupRegistry } from '../../main/vmm/groups.ts';
import { Vmm } from '../../main/vmm/vmm.ts';

export type VmName = 'a' | 'b';
const VMS: readonly VmName[] = ['a', 'b'];
export const ACCELERATORS = ['emulated0', 'emulated1'];
const DEADLINE_MS = 30_000;

/** What both sides say they hold, by name: `a1` is queue 1 of VM a. */
export interface Picture {
  /** Phase, with the reason where there is one: `relay page-refused`. */
  readonly phases: Readonly<Record<string, string>>;
  /** Groups that the front-ends hold, one entry for each hold. */
  readonly groups: readonly string[];
  /** Areas that the front-ends know, mapped or not. */
  readonly areas: readonly string[];
  readonly mapped: readonly string[];
  /** Pages whose fd the engine holds for a front-end. */
  readonly enginePages: number;
  /** Groups that the engine says it sent. */
  readonly sent: readonly string[];
  /** Distinct groups among those held. */
  readonly distinctGroups: number;
  /** Queues that an accelerator serves, as `a1 on emulated0`. */
  readonly served: readonly string[];
  readonly connected: readonly string[];
}

export class Bench {
  readonly dialect: Dialect;
  readonly registry = new GroupRegistry();
  readonly vmms: Readonly<Record<VmName, Vmm>>;
  readonly #folder: string;
  readonly #engine: RunningEngine;
  readonly #client: ServiceClient;

  private constructor(dialect: Dialect, folder: string, engine: RunningEngine) {
    this.dialect = dialect;
    this.#folder = folder;
    this.#engine = engine;
    this.#client = engine.service.connect();
    const vmm = (name: VmName) => new Vmm(loadAddon(), { name, dialect, groups: this.registry });
    this.vmms = { a: vmm('a'), b: vmm('b') };
  }

  static async open(dialect: Dialect): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'doorbell-matrix-'));
    const engine = await startEngine({
      endpoints: VMS.map((name) =>
        endpointOptions({ name, path: join(folder, `${name}.sock`), dialect, simulated: true }),
      ),
      accelerators: ACCELERATORS.map((id) => ({ kind: 'emulated', id })),
    });
    if (!engine.ok) throw new Error(engine.error.message);
    return new Bench(dialect, folder, engine.value);
  }

  async close(): Promise<void> {
    for (const name of VMS) this.vmms[name].close();
    this.#client.dispose();
    await this.#engine.end();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Connects and starts the device. */
  async boot(name: VmName): Promise<void> {
    this.#must(await this.vmms[name].connect(join(this.#folder, `${name}.sock`)));
    await this.start(name);
  }
  async start(name: VmName): Promise<void> {
    this.#must(await this.vmms[name].start());
  }
  async stop(name: VmName): Promise<void> {
    this.#must(await this.vmms[name].stop());
  }
  async reset(name: VmName): Promise<void> {
    this.#must(await this.vmms[name].reset());
  }
  disconnect(name: VmName): void {
    this.vmms[name].disconnect();
  }
  faults(name: VmName, faults: Partial<FaultProfile>): void {
    this.vmms[name].setFaults({ ...NO_FAULTS, ...faults });
  }
  /** `queue` as `a1`. */
  async set(queue: string, desired: Desired, accelerator: string | null = null): Promise<void> {
    const [session = '', index = ''] = queue;
    const sent = await this.#client.call('queue.set', {
      session,
      index: Number(index),
      desired,
      accelerator,
    });
    if (!sent.ok) throw new Error(sent.error.message);
  }

  /** Every echo that the guest asked for came back, so nothing of its traffic was lost. */
  async echoes(name: VmName): Promise<void> {
    const { guest } = this.vmms[name];
    if (guest === null) throw new Error(`${name} has no guest`);
    guest.run({ kind: 'ping', rate: 500 });
    await new Promise((resolve) => setTimeout(resolve, 60));
    await guest.drain(10_000);
    const [sent = 0, received = 0] = guest.sample();
    if (sent === 0 || received !== sent) throw new Error(`${name}: ${received} of ${sent} echoes came back`);
  }

  async picture(): Promise<Picture> {
    const status = await this.#client.call('status.get', {});
    if (!status.ok) throw new Error(status.error.message);
    const queues = status.value.sessions.flatMap(({ name, queues: all }) =>
      all.map((queue) => ({ name: `${name}${queue.index}`, queue })),
    );
    const areas = VMS.flatMap((name) =>
      this.vmms[name]
        .snapshot()
        .queues.flatMap(({ index, area }) => (area === null ? [] : [{ name: `${name}${index}`, ...area }])),
    );
    return {
      phases: Object.fromEntries(queues.map(({ name, queue }) => [name, phaseOf(queue)])),
      groups: [...this.registry.holders().values()]
        .flat()
        .map((holder) => holder.replace('/', ''))
        .sort(),
      areas: areas.map(({ name }) => name),
      mapped: areas.filter(({ mapped }) => mapped).map(({ name }) => name),
      enginePages: queues.filter(({ queue }) => queue.notifyRegion !== null).length,
      sent: queues.filter(({ queue }) => queue.group?.sent === true).map(({ name }) => name),
      distinctGroups: this.registry.holders().size,
      served: queues.flatMap(({ name, queue }) =>
        queue.accelerator === null ? [] : [`${name} on ${queue.accelerator}`],
      ),
      connected: status.value.sessions.filter(({ state }) => state === 'connected').map(({ name }) => name),
    };
  }

  /** Waits until both sides say what is expected; the last picture is in the error otherwise. */
  async until(fits: (picture: Picture) => boolean, what: string): Promise<Picture> {
    const deadline = Date.now() + DEADLINE_MS;
    for (;;) {
      const picture = await this.picture();
      if (fits(picture)) return picture;
      if (Date.now() > deadline) throw new Error(`never ${what}: ${JSON.stringify(picture)}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  #must(result: { readonly ok: boolean; readonly error?: { readonly message: string } }): void {
    if (!result.ok) throw new Error(result.error?.message);
  }
}

const phaseOf = ({ phase, reason, desired }: QueueSnapshot): string =>
  reason === null || (desired === 'software' && phase !== 'quarantine') ? phase : `${phase} ${reason.code}`;
