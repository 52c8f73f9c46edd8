/**
 * A real virtio-net PCI function as an accelerator, held through the kernel's VFIO. It is looked at once before it is
 * made and, as long as it cannot serve, again: every second for what a person may put right meanwhile, four times a
 * second where somebody else has its group, who may let go of it at any moment.
 */
import type { Addon, Fd, VfioDevice, VfioFacts } from '../../addon/surface.ts';
import { disposable, type Disposable } from '../../base/disposable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  Accelerator,
  AcceleratorCapabilities,
  AcceleratorQueue,
  HardwareFacts,
  PortError,
  ProbeAnswer,
  Reception,
  Station,
} from '../../engine/ports.ts';
import { NativeAcceleratorQueue, type Preparing } from '../native-accelerator-queue.ts';
import { NativeUplink, type UplinkDevice } from '../native-uplink.ts';
import { receiveAddress } from '../receive-address.ts';
import { findHolders } from './held-by.ts';
import { groupAccess, readPciFunction, type PciFunction } from './sysfs.ts';
import { blocksGroup, verdict, type Holder, type ProbeFacts, type Verdict } from './verdict.ts';

const LOOK_AGAIN_MS = 1000;
const LOOK_AGAIN_HELD_MS = 250;
/** Every process is asked: not at each look. */
const ASK_HOLDERS_MS = 1000;
/** Receive and transmit of the first pair. */
const QUEUES = 2;
/** Before it was opened nobody knows; what a ring needs in the end is checked when it is handed over. */
const UNKNOWN_FEATURES = (1n << 64n) - 1n;
const UNOPENED: VfioFacts = {
  features: UNKNOWN_FEATURES,
  ringFeatures: UNKNOWN_FEATURES,
  mac: null,
  vectors: 0,
  queues: QUEUES,
  stopsPerQueue: true,
  pageProblem: null,
  regions: [],
};

export interface VfioOptions {
  readonly id: string;
  /** As of `parsePciAddress`. */
  readonly address: string;
}

interface Opened {
  readonly device: VfioDevice;
  readonly facts: VfioFacts;
  readonly group: { readonly id: string; readonly fd: Fd };
}

/** A holder is `session/index`; the session's name may hold slashes itself. */
const sessionOf = (holder: string): string => holder.slice(0, holder.lastIndexOf('/'));
const linkWord = (up: boolean | null): 'up' | 'down' | null => (up === null ? null : up ? 'up' : 'down');

type Failure = ProbeFacts['failure'];

export class VfioAccelerator implements Accelerator, UplinkDevice {
  readonly id: string;
  readonly kind = 'vfio-virtio';
  readonly #addon: Addon;
  readonly #address: string;
  readonly #holders = new Set<string>();
  /** Queues that it got ready for, as `session/index`, those of `holders` among them: it reaches their session's memory. */
  readonly #claims = new Set<string>();
  /** Sessions whose network is to be that behind it, and those of them that it is kept for. */
  readonly #uplinks = new Set<NativeUplink>();
  readonly #linked = new Set<NativeUplink>();
  /** What takes the device long is done off the loop, one after the other. */
  #work: Promise<void> = Promise.resolve();
  readonly #faults = new Set<(message: string) => void>();
  readonly #changes = new Set<() => void>();
  #opened: Opened | null = null;
  /** Whom it takes frames for, by which address; null: all. */
  #told: { readonly station: Station; readonly mac: string | null } | null = null;
  /** As last seen in sysfs. */
  #function: PciFunction | null = null;
  #verdict: Verdict;
  #timer: NodeJS.Timeout | null = null;
  #heldBy: { readonly askedAt: number; readonly found: readonly Holder[] } | null = null;
  #closed = false;

  private constructor(addon: Addon, { id, address }: VfioOptions) {
    this.id = id;
    this.#addon = addon;
    this.#address = address;
    const unseen = { function: null, access: null, heldBy: [], failure: null, opened: null };
    this.#verdict = verdict({ address, ...unseen });
  }

  /** Opens the function if it can be opened; `probe` says why it could not. */
  static async create(addon: Addon, options: VfioOptions): Promise<VfioAccelerator> {
    const accelerator = new VfioAccelerator(addon, options);
    await accelerator.#look();
    return accelerator;
  }

  get capabilities(): AcceleratorCapabilities {
    const { ringFeatures, stopsPerQueue, pageProblem } = this.#opened?.facts ?? UNOPENED;
    return {
      features: ringFeatures,
      queues: QUEUES,
      restoreIndex: 'zero-only',
      stopPerQueue: stopsPerQueue,
      preparesAhead: true,
      notifyPage: pageProblem === null ? 'per-queue' : 'shared',
      logsDirtyPages: false,
      countsDoorbells: false,
      ownNetwork: true,
      simulated: false,
    };
  }

  probe(): ProbeAnswer {
    const { usable, problem } = this.#verdict;
    return {
      usable,
      problem: problem === null ? null : { message: problem.message, remedy: problem.remedy },
    };
  }

  hardware(): HardwareFacts {
    const fn = this.#function;
    const facts = this.#opened?.facts ?? null;
    return {
      address: this.#address,
      driver: fn?.driver ?? null,
      numaNode: fn?.numaNode ?? null,
      viable: fn === null || fn.group === null ? null : !fn.members.some(blocksGroup),
      mac: facts?.mac ?? null,
      link: linkWord(this.#opened?.device.linkUp() ?? null),
      receives: this.#reception(),
      vectors: facts === null ? null : { total: facts.vectors, used: this.#vectorsUsed() },
      regions: facts?.regions ?? [],
    };
  }

  group() {
    return this.#opened?.group ?? null;
  }

  holders(): readonly string[] {
    return [...this.#holders];
  }

  queue(holder: string, station: Station): Result<AcceleratorQueue, PortError> {
    if (this.#opened === null) {
      const message = this.#verdict.problem?.message ?? `${this.id} is not open`;
      return err({ code: 'accelerator-failed', message });
    }
    const busy = this.#busyFor(sessionOf(holder));
    if (busy !== null) return err(busy);
    const preparing: Preparing = {
      begin: (work) => this.#claim(holder, station, work),
      end: () => {
        this.#letGo(holder);
      },
    };
    return ok(new NativeAcceleratorQueue(this.#opened.device.queue(), holder, this.#holders, preparing));
  }

  uplink(session: string, station: Station): Result<NativeUplink, PortError> {
    const link = this.#addon.createDeviceLink();
    if (!link.ok) return link;
    const uplink = new NativeUplink(session, station, this, link.value);
    this.#uplinks.add(uplink);
    return ok(uplink);
  }

  claim(uplink: NativeUplink): Result<VfioDevice, string> {
    if (this.#opened === null) return err(this.#verdict.problem?.message ?? `${this.id} is not open`);
    const busy = this.#busyFor(uplink.session);
    if (busy !== null) return err(busy.message);
    this.#linked.add(uplink);
    return ok(this.#opened.device);
  }

  async receiveFor(station: Station): Promise<void> {
    const device = this.#opened?.device;
    if (device === undefined || device.closed) return;
    const before = this.#told?.station === station ? this.#told.mac : null;
    const mac = receiveAddress(station, before);
    await device.setReceives(mac);
    this.#told = { station, mac };
  }

  leave(uplink: NativeUplink): void {
    this.#uplinks.delete(uplink);
    if (this.#linked.delete(uplink)) this.#offerUplinks();
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    // What it takes, its link and its vectors may be others now.
    const ended = () => {
      this.#tellChange();
    };
    this.#work = done.then(ended, ended);
    return done;
  }

  onFault(listener: (message: string) => void): Disposable {
    this.#faults.add(listener);
    return disposable(() => this.#faults.delete(listener));
  }

  onChange(listener: () => void): Disposable {
    this.#changes.add(listener);
    return disposable(() => this.#changes.delete(listener));
  }

  simulatedCpuNs(): null {
    return null;
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#opened?.group.fd.close();
    this.#opened?.device.close();
    this.#opened = null;
  }

  /** One for changes of the configuration, and one for each ring that it serves: a guest's, or the engine's own. */
  #vectorsUsed(): number {
    return 1 + (this.#linked.size > 0 ? QUEUES : this.#holders.size);
  }

  /** The device reaches memory at the guest's own addresses, so it has room for one guest's. */
  #busyFor(session: string): PortError | null {
    const other =
      [...this.#claims].find((holder) => sessionOf(holder) !== session) ??
      [...this.#linked].find((uplink) => uplink.session !== session)?.session;
    return other === undefined
      ? null
      : { code: 'accelerator-busy', message: `${this.id} serves ${other} alone` };
  }

  #reception(): Reception | null {
    const device = this.#opened?.device;
    // A device that is not reset at once keeps what it was told for the last.
    if (device === undefined || (this.#claims.size === 0 && this.#linked.size === 0)) return null;
    const { receives: kind, mac, problem } = device.reception();
    if (kind === null && problem === null) return null;
    const given = this.#told?.station.mac === mac ? 'endpoint' : 'learned';
    return { kind, mac, source: mac === null ? null : given, problem };
  }

  /** Looked at again: since the reservation another session may have been faster. */
  #claim(
    holder: string,
    station: Station,
    work: () => Promise<Result<void, PortError>>,
  ): Promise<Result<void, PortError>> {
    const busy = this.#busyFor(sessionOf(holder));
    if (busy !== null) return Promise.resolve(err(busy));
    this.#claims.add(holder);
    return this.inTurn(async () => {
      await this.receiveFor(station);
      return work();
    });
  }

  #letGo(holder: string): void {
    if (!this.#claims.delete(holder) || this.#claims.size > 0) return;
    void this.inTurn(async () => {
      const device = this.#opened?.device;
      // Somebody may have claimed it by now.
      if (this.#claims.size === 0 && device?.closed === false) await device.releaseMemory();
    }).then(() => {
      this.#offerUplinks();
    });
  }

  #tellChange(): void {
    for (const listener of [...this.#changes]) listener();
  }

  /** It may be free for those that wait. */
  #offerUplinks(): void {
    for (const uplink of this.#uplinks) if (!this.#linked.has(uplink)) uplink.attempt();
  }

  async #look(): Promise<void> {
    const fn = await readPciFunction(this.#address);
    this.#function = fn;
    const group = fn?.group ?? null;
    const facts: ProbeFacts = {
      address: this.#address,
      function: fn,
      access: group === null ? null : await groupAccess(group),
      heldBy: [],
      failure: null,
      opened: UNOPENED,
    };
    // Opening resets the function: nothing is opened that is known to be unfit, and never for a short look.
    const ready = group !== null && verdict({ ...facts, opened: { ...UNOPENED, vectors: 0xffff } }).usable;
    const failure = ready ? await this.#open(group) : null;
    if (this.#closed) return;
    const heldBy = failure?.code === 'EBUSY' && group !== null ? await this.#askHolders(group) : [];
    const before = this.#verdict.problem?.message;
    this.#verdict = verdict({ ...facts, heldBy, failure, opened: this.#opened?.facts ?? null });
    if (this.#verdict.problem?.message !== before) this.#tellChange();
    if (this.#verdict.usable) return;
    // What was opened and found unfit stays so; all else may be put right meanwhile.
    if (this.#opened !== null) return;
    const wait = this.#verdict.problem?.held === true ? LOOK_AGAIN_HELD_MS : LOOK_AGAIN_MS;
    this.#timer = setTimeout(() => void this.#look(), wait).unref();
  }

  /** As last found out, so that no look waits for it but the first. */
  async #askHolders(group: number): Promise<readonly Holder[]> {
    const known = this.#heldBy;
    const ask = async (): Promise<readonly Holder[]> => {
      const found = await findHolders(group);
      this.#heldBy = { askedAt: performance.now(), found };
      return found;
    };
    if (known === null) return ask();
    if (performance.now() - known.askedAt > ASK_HOLDERS_MS) {
      this.#heldBy = { ...known, askedAt: Number.POSITIVE_INFINITY };
      void ask();
    }
    return known.found;
  }

  /** Null: it is open now. */
  async #open(group: number): Promise<Failure> {
    const device = await this.#addon.openVfioDevice(group, this.#address);
    if (!device.ok) return device.error;
    const fd = device.value.group();
    if (!fd.ok || this.#closed) {
      if (fd.ok) fd.value.close();
      device.value.close();
      return fd.ok ? { code: 'ECANCELED', message: 'closed meanwhile' } : fd.error;
    }
    device.value.onFault((message) => {
      for (const listener of [...this.#faults]) listener(`${this.id}: ${message}`);
      for (const uplink of this.#linked) uplink.lost(message);
    });
    device.value.onConfigChange(() => {
      this.#tellChange();
    });
    this.#opened = {
      device: device.value,
      facts: device.value.facts(),
      group: { id: String(group), fd: fd.value },
    };
    this.#offerUplinks();
    return null;
  }
}
