/**
 * A data path without rings. It keeps who serves what, and throws where the engine asks for what no data
 * path could do: start a ring twice, hand over what it does not have, use what was closed.
 */
import { err, ok, type Result } from '../../base/result.ts';
import type {
  AcceleratorQueue,
  BackedRegion,
  DataPathQueue,
  DataPathSession,
  HandoverAnswer,
  MappedLog,
  MappedMemory,
  OwnedFd,
  PortError,
  QueueStatistics,
  SampleRow,
  Translation,
  TranslationMiss,
} from '../ports.ts';
import type { RingConfig } from '../ring-config.ts';
import { FakeAcceleratorQueue } from './fake-accelerator.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

export class FakeMemory implements MappedMemory {
  closed = false;

  close(): void {
    if (this.closed) throw new Error('a memory table was released twice');
    this.closed = true;
  }
}

export class FakeLog implements MappedLog {
  closed = false;

  close(): void {
    if (this.closed) throw new Error('a log was released twice');
    this.closed = true;
  }
}

export class FakeQueue implements DataPathQueue {
  owner: 'nobody' | 'engine' | 'accelerator' = 'nobody';
  enabled = false;
  guarded = false;
  kick: OwnedFd | null = null;
  call: OwnedFd | null = null;
  err: OwnedFd | null = null;
  memory: FakeMemory | null = null;
  /** Where the ring stands; what a guest does in a test moves it. */
  position = 0;
  closed = false;
  /** What it was told to mark. */
  log: { readonly log: MappedLog; readonly used: bigint | null } | null = null;
  /** Told to stop at the first index. */
  held = false;
  /** As it was started last. */
  config: RingConfig | null = null;
  /** What it waits for. */
  missing: TranslationMiss | null = null;
  /** The next start or change of memory fails so. */
  refuse: PortError | null = null;
  readonly counters: Writable<SampleRow> = {
    kicks: 0,
    doorbells: 0,
    interrupts: 0,
    calls: 0,
    engineDescriptors: 0,
    deviceDescriptors: 0,
    availIdx: 0,
    usedIdx: 0,
    provenWakes: 0,
    drops: 0,
    broken: null,
    blackoutNs: null,
    toStart: null,
  };

  setKick(fd: OwnedFd | null): void {
    this.kick = this.#checked(fd);
  }

  setCall(fd: OwnedFd | null): void {
    this.call = this.#checked(fd);
  }

  setErr(fd: OwnedFd | null): void {
    this.err = this.#checked(fd);
  }

  start(memory: MappedMemory, ring: RingConfig): Result<void, PortError> {
    if (this.owner !== 'nobody') throw new Error('a ring was started twice');
    const refused = this.#refusal();
    if (refused !== null) return refused;
    this.#use(memory);
    this.owner = 'engine';
    this.position = ring.base;
    this.config = ring;
    this.counters.broken = null;
    return ok(undefined);
  }

  stop() {
    this.owner = 'nobody';
    this.memory = null;
    this.guarded = false;
    return { base: this.position };
  }

  setEnabled(enabled: boolean): void {
    this.enabled = enabled;
  }

  replaceMemory(memory: MappedMemory): Result<void, PortError> {
    if (this.owner !== 'engine') throw new Error('memory was replaced under an accelerator');
    const refused = this.#refusal();
    if (refused !== null) return refused;
    this.#use(memory);
    return ok(undefined);
  }

  prepare(queue: AcceleratorQueue): Promise<Result<void, PortError>> {
    if (!(queue instanceof FakeAcceleratorQueue)) throw new Error('a foreign accelerator');
    return queue.prepare();
  }

  handoverTo(queue: AcceleratorQueue): Result<HandoverAnswer, PortError> {
    if (this.owner !== 'engine') throw new Error('the engine handed over a ring that it does not serve');
    if (!(queue instanceof FakeAcceleratorQueue)) throw new Error('a foreign accelerator');
    const { refuseStart } = queue.accelerator.faults;
    if (refuseStart !== null) return err(refuseStart);
    if (queue.accelerator.capabilities.preparesAhead && !queue.isReady)
      throw new Error('a ring was handed over to an accelerator that is not ready for it');
    if (queue.accelerator.capabilities.restoreIndex === 'zero-only' && (!this.held || this.position !== 0))
      throw new Error('a ring was handed over at an index where the accelerator cannot start');
    this.owner = 'accelerator';
    this.held = false;
    return ok({ base: this.position, blackoutNs: 1000 });
  }

  handoverBack(): Result<HandoverAnswer, PortError> {
    if (this.owner !== 'accelerator') throw new Error('a ring was taken back that no accelerator serves');
    this.owner = 'engine';
    return ok({ base: this.position, blackoutNs: 1000 });
  }

  setGuardPoll(on: boolean): void {
    this.guarded = on;
  }

  setLog(log: MappedLog | null, used: bigint | null): void {
    if (log instanceof FakeLog && log.closed) throw new Error('a ring marks in a released log');
    this.log = log === null ? null : { log, used };
  }

  setHoldAtStart(on: boolean): void {
    this.held = on;
  }

  miss(): TranslationMiss | null {
    return this.owner === 'engine' ? this.missing : null;
  }

  close(): void {
    if (this.owner !== 'nobody') throw new Error('a ring was closed while it ran');
    this.closed = true;
  }

  #use(memory: MappedMemory): void {
    if (!(memory instanceof FakeMemory) || memory.closed)
      throw new Error('a ring runs under a released table');
    this.memory = memory;
  }

  #refusal(): Result<never, PortError> | null {
    const { refuse } = this;
    this.refuse = null;
    return refuse === null ? null : err(refuse);
  }

  #checked(fd: OwnedFd | null): OwnedFd | null {
    if (fd?.closed === true) throw new Error('a closed fd was given to a ring');
    return fd;
  }
}

export class FakeDataPath implements DataPathSession {
  readonly queues = new Map<number, FakeQueue>();
  readonly memories: FakeMemory[] = [];
  readonly logs: FakeLog[] = [];
  readonly announced: bigint[] = [];
  readonly translations: Translation[] = [];
  refuseMemory: PortError | null = null;
  refuseLog: PortError | null = null;
  closed = false;

  queue(index: number): FakeQueue {
    const queue = new FakeQueue();
    this.queues.set(index, queue);
    return queue;
  }

  mapMemory(regions: readonly BackedRegion[]): Result<MappedMemory, PortError> {
    if (this.refuseMemory !== null) return err(this.refuseMemory);
    if (regions.some(({ fd }) => fd.closed)) throw new Error('a table was mapped from a closed fd');
    const memory = new FakeMemory();
    this.memories.push(memory);
    return ok(memory);
  }

  mapLog(fd: OwnedFd): Result<MappedLog, PortError> {
    if (this.refuseLog !== null) return err(this.refuseLog);
    if (fd.closed) throw new Error('a log was mapped from a closed fd');
    const log = new FakeLog();
    this.logs.push(log);
    return ok(log);
  }

  translate(translation: Translation): Result<void, PortError> {
    const { iova, size, readable, writable } = translation;
    if (size === 0n) return err({ code: 'iotlb-empty', message: 'empty' });
    this.translations.push(translation);
    for (const queue of this.queues.values()) {
      const { missing } = queue;
      const covers = missing !== null && missing.iova >= iova && missing.iova < iova + size;
      if (covers && (readable || !missing.readable) && (writable || !missing.writable)) queue.missing = null;
    }
    return ok(undefined);
  }

  forgetTranslations(): void {
    this.translations.length = 0;
  }

  announce(mac: bigint): void {
    this.announced.push(mac);
  }

  addresses(): readonly string[] {
    return [];
  }

  sample(queues: readonly DataPathQueue[]): readonly SampleRow[] {
    return queues.flatMap((queue) =>
      queue instanceof FakeQueue ? [{ ...queue.counters, toStart: (0x10000 - queue.position) & 0xffff }] : [],
    );
  }

  statistics(): QueueStatistics | null {
    return null;
  }

  assign(): Result<number, PortError> {
    return err({ code: 'internal', message: 'This data path has no workers' });
  }

  close(): void {
    this.closed = true;
  }
}
