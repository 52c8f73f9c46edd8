import { disposable, type Disposable } from '../../base/disposable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  Accelerator,
  AcceleratorCapabilities,
  AcceleratorQueue,
  HardwareFacts,
  NotifyArea,
  PortError,
  ProbeAnswer,
} from '../ports.ts';
import { FakeFd, FdLedger } from './fake-fd.ts';

const PAGE = 4096n;
const UNKNOWN_HARDWARE: HardwareFacts = {
  address: '0000:00:00.0',
  driver: null,
  numaNode: null,
  viable: null,
  mac: null,
  link: null,
  receives: null,
  vectors: null,
  regions: [],
};

/** What it does wrong, if anything; set while it runs. */
export interface AcceleratorFaults {
  refuseStart: PortError | null;
  refusePrepare: PortError | null;
  refuseQueue: PortError | null;
  refusePage: PortError | null;
  pageSize: bigint;
  pageOffset: bigint;
  unusable: string | null;
  /** Every queue hands out the page of the one that was reserved first. */
  sharesPage: boolean;
}

/** An accelerator without a data plane. Labelled as simulated, as the contract demands of such things. */
export class FakeAccelerator implements Accelerator {
  readonly id: string;
  readonly kind = 'fake';
  readonly capabilities: AcceleratorCapabilities;
  readonly faults: AcceleratorFaults = {
    refuseStart: null,
    refusePrepare: null,
    refuseQueue: null,
    refusePage: null,
    pageSize: PAGE,
    pageOffset: 0n,
    unusable: null,
    sharesPage: false,
  };
  /** What it takes until it is ready for a ring. */
  getsReady: Promise<void> = Promise.resolve();
  /** Rings that it is ready for, as `session/index`. */
  readonly ready = new Set<string>();
  #firstPage: FakeFd | null = null;
  #link: 'up' | 'down' | null = null;
  readonly #ledger: FdLedger;
  /** Its own for good, so in no session's ledger. */
  readonly #group: FakeFd;
  readonly #holders = new Set<string>();
  readonly #changeListeners = new Set<() => void>();
  readonly #faultListeners = new Set<(message: string) => void>();

  constructor(
    id: string,
    features: bigint,
    ledger: FdLedger,
    capabilities: Partial<AcceleratorCapabilities> = {},
  ) {
    this.id = id;
    this.#ledger = ledger;
    this.#group = new FakeFd(new FdLedger(), 'memfd', `group-${id}`);
    this.capabilities = {
      features,
      queues: 64,
      restoreIndex: 'any',
      stopPerQueue: true,
      preparesAhead: false,
      notifyPage: 'per-queue',
      logsDirtyPages: false,
      countsDoorbells: true,
      ownNetwork: false,
      simulated: true,
      ...capabilities,
    };
  }

  probe(): ProbeAnswer {
    const message = this.faults.unusable;
    return message === null
      ? { usable: true, problem: null }
      : { usable: false, problem: { message, remedy: 'Use another one' } };
  }

  group() {
    return { id: `fake-${this.id}`, fd: this.#group };
  }

  holders(): readonly string[] {
    return [...this.#holders];
  }

  queue(holder: string): Result<AcceleratorQueue, PortError> {
    if (this.faults.refuseQueue !== null) return err(this.faults.refuseQueue);
    const page = this.#ledger.make('memfd');
    this.#firstPage ??= page;
    return ok(new FakeAcceleratorQueue(this, holder, this.#holders, page));
  }

  /** What a queue with this page hands out. */
  handedOut(page: FakeFd): FakeFd {
    return this.faults.sharesPage ? (this.#firstPage ?? page) : page;
  }

  onFault(listener: (message: string) => void): Disposable {
    this.#faultListeners.add(listener);
    return disposable(() => this.#faultListeners.delete(listener));
  }

  /** The device reports a fault. */
  fail(message: string): void {
    for (const listener of this.#faultListeners) listener(message);
  }

  hardware(): HardwareFacts | null {
    return this.#link === null ? null : { ...UNKNOWN_HARDWARE, link: this.#link };
  }

  /** The network behind it comes or goes. */
  setLink(link: 'up' | 'down'): void {
    this.#link = link;
    for (const listener of this.#changeListeners) listener();
  }

  onChange(listener: () => void): Disposable {
    this.#changeListeners.add(listener);
    return disposable(() => this.#changeListeners.delete(listener));
  }

  /** Why it is not usable from now on; null: it is. */
  become(unusable: string | null): void {
    this.faults.unusable = unusable;
    for (const listener of this.#changeListeners) listener();
  }

  uplink(): null {
    return null;
  }

  simulatedCpuNs(): number {
    return 0;
  }

  close(): void {
    this.#holders.clear();
  }
}

export class FakeAcceleratorQueue implements AcceleratorQueue {
  readonly target: AcceleratorQueue = this;
  readonly accelerator: FakeAccelerator;
  /** The page; its key tells it from every other. */
  readonly page: FakeFd;
  readonly #holder: string;
  readonly #holders: Set<string>;

  constructor(accelerator: FakeAccelerator, holder: string, holders: Set<string>, page: FakeFd) {
    this.accelerator = accelerator;
    this.#holder = holder;
    this.#holders = holders;
    this.page = page;
  }

  notifyArea(): Result<NotifyArea, PortError> {
    const { refusePage, pageSize, pageOffset } = this.accelerator.faults;
    if (refusePage !== null) return err(refusePage);
    const fd = this.accelerator.handedOut(this.page).duplicate();
    return fd.ok ? ok({ fd: fd.value, offset: pageOffset, size: pageSize }) : fd;
  }

  setHolding(holding: boolean): void {
    if (holding) this.#holders.add(this.#holder);
    else this.#holders.delete(this.#holder);
  }

  get isReady(): boolean {
    return this.accelerator.ready.has(this.#holder);
  }

  async prepare(): Promise<Result<void, PortError>> {
    await this.accelerator.getsReady;
    const { refusePrepare } = this.accelerator.faults;
    if (refusePrepare !== null) return err(refusePrepare);
    this.accelerator.ready.add(this.#holder);
    return ok(undefined);
  }

  unprepare(): void {
    this.accelerator.ready.delete(this.#holder);
  }

  close(): void {
    this.unprepare();
    this.setHolding(false);
    this.page.close();
  }
}
