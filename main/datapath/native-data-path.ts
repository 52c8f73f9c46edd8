/**
 * The engine's software path over the addon's workers. Rings and memory stay native; what passes here is
 * settings, starts and stops, and rows of counters.
 */
import type { DataPath as Workers, Iotlb, Port, QueueRole } from '../addon/surface.ts';
import { NativeUplink } from '../accel/native-uplink.ts';
import { disposable, type Disposable } from '../base/disposable.ts';
import { err, ok, type Result } from '../base/result.ts';
import type {
  BackedRegion,
  DataPath,
  DataPathQueue,
  DataPathSession,
  MappedLog,
  MappedMemory,
  OwnedFd,
  PortError,
  QueueStatistics,
  SampleRow,
  Translation,
  Uplink,
} from '../engine/ports.ts';
import { NativeLog } from './native-log.ts';
import { NativeMemory } from './native-memory.ts';
import { NativeQueue } from './native-queue.ts';
import { queueStatistics } from './queue-statistics.ts';
import { sampleRow } from './sample-row.ts';

/** Addresses: enough to see that there is not one alone. */
const SEVERAL = 2;
const FOREIGN_QUEUE = err({ code: 'internal', message: 'The queue belongs to another data path' });

export class NativeDataPath implements DataPath {
  readonly features: bigint;
  readonly #workers: Workers;
  readonly #listeners = new Set<() => void>();

  /** The workers stay the caller's, to be closed after every session has ended. */
  constructor(workers: Workers) {
    this.#workers = workers;
    this.features = workers.offeredFeatures();
    workers.onNotice(() => {
      for (const listener of this.#listeners) listener();
    });
  }

  session(uplink: Uplink | null): DataPathSession {
    return new NativeSession(this.#workers, uplink instanceof NativeUplink ? uplink : null);
  }

  onNotice(listener: () => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }
}

class NativeSession implements DataPathSession {
  readonly #workers: Workers;
  /** By queue pair. All but the first are siblings of it: a session has one place on the switch. */
  readonly #ports = new Map<number, Port>();
  readonly #queues: NativeQueue[] = [];
  readonly #iotlb: Iotlb;
  /** Null: the switch. */
  readonly #uplink: NativeUplink | null;

  constructor(workers: Workers, uplink: NativeUplink | null) {
    this.#workers = workers;
    this.#uplink = uplink;
    this.#iotlb = workers.iotlb();
  }

  queue(index: number, role: QueueRole): DataPathQueue {
    const queue = new NativeQueue(
      this.#workers.queue(role, this.#port(index >> 1)),
      this.#iotlb,
      (features) => this.#uplink?.connect(features),
    );
    this.#queues.push(queue);
    return queue;
  }

  translate({ iova, size, userAddress, readable, writable }: Translation): Result<void, PortError> {
    const updated = this.#iotlb.update(iova, size, userAddress, readable, writable);
    this.#tellTranslations();
    return updated;
  }

  forgetTranslations(iova: bigint, size: bigint): void {
    this.#iotlb.invalidate(iova, size);
    this.#tellTranslations();
  }

  mapMemory(regions: readonly BackedRegion[]): Result<MappedMemory, PortError> {
    const mapped = this.#workers.mapMemory(regions.map(({ region, fd }) => ({ ...region, fd })));
    return mapped.ok ? ok(new NativeMemory(mapped.value)) : mapped;
  }

  mapLog(fd: OwnedFd, offset: bigint, size: bigint): Result<MappedLog, PortError> {
    const mapped = this.#workers.mapLog(fd, offset, size);
    return mapped.ok ? ok(new NativeLog(mapped.value)) : mapped;
  }

  sample(queues: readonly DataPathQueue[]): readonly SampleRow[] {
    const native = queues.flatMap((queue) => (queue instanceof NativeQueue ? [queue.queue] : []));
    const values = this.#workers.sample(native);
    return native.map((_, row) => sampleRow(values, row));
  }

  statistics(queue: DataPathQueue): QueueStatistics | null {
    if (!(queue instanceof NativeQueue)) return null;
    return queueStatistics(this.#workers.statistics([queue.queue]));
  }

  assign(queue: DataPathQueue, worker: number): Result<number, PortError> {
    if (!(queue instanceof NativeQueue)) return FOREIGN_QUEUE;
    return this.#workers.assign(queue.queue, worker);
  }

  announce(mac: bigint): void {
    const [first] = this.#ports.values();
    first?.announce(mac);
  }

  addresses(): readonly string[] {
    const [first] = this.#ports.values();
    return first?.addresses(SEVERAL) ?? [];
  }

  close(): void {
    for (const port of this.#ports.values()) port.close();
    this.#ports.clear();
    this.#uplink?.close();
    this.#iotlb.close();
  }

  #tellTranslations(): void {
    for (const { queue } of this.#queues) if (!queue.closed) queue.translationsChanged();
  }

  #port(pair: number): Port {
    const known = this.#ports.get(pair);
    if (known !== undefined) return known;
    const [first] = this.#ports.values();
    const made = this.#workers.port(first ?? null, this.#uplink?.link ?? null);
    this.#ports.set(pair, made);
    return made;
  }
}
