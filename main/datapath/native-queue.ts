/** One ring on the software path, and its handover to accelerators whose data plane is native as well. */
import type { Iotlb, Memory, Queue } from '../addon/surface.ts';
import { NativeAcceleratorQueue } from '../accel/native-accelerator-queue.ts';
import { err, type Result } from '../base/result.ts';
import type {
  AcceleratorQueue,
  DataPathQueue,
  HandoverAnswer,
  MappedLog,
  MappedMemory,
  OwnedFd,
  PortError,
  TranslationMiss,
} from '../engine/ports.ts';
import type { RingConfig } from '../engine/ring-config.ts';
import { NativeLog } from './native-log.ts';
import { NativeMemory } from './native-memory.ts';

const FOREIGN_MEMORY = err({ code: 'internal', message: 'The memory table belongs to another data path' });

const FOREIGN_ACCELERATOR = err({
  code: 'accelerator-failed',
  message: 'The accelerator cannot take a ring from this data path',
});
const ENDED = err({ code: 'ECANCELED', message: 'The ring or the accelerator was closed meanwhile' });

export class NativeQueue implements DataPathQueue {
  readonly queue: Queue;
  /** Of the session. */
  readonly #iotlb: Iotlb;
  #behindIommu = false;

  readonly #onStarted: (features: bigint) => void;

  /** Takes the queue. `onStarted`: the engine serves its ring, of a guest that negotiated these features. */
  constructor(queue: Queue, iotlb: Iotlb, onStarted: (features: bigint) => void) {
    this.queue = queue;
    this.#iotlb = iotlb;
    this.#onStarted = onStarted;
  }

  setKick(fd: OwnedFd | null): void {
    this.queue.setKick(fd);
  }

  setCall(fd: OwnedFd | null): void {
    this.queue.setCall(fd);
  }

  setErr(fd: OwnedFd | null): void {
    this.queue.setErr(fd);
  }

  start(memory: MappedMemory, ring: RingConfig): Result<void, PortError> {
    if (!(memory instanceof NativeMemory)) return FOREIGN_MEMORY;
    const { size, desc, avail, used, features, base } = ring;
    this.#behindIommu = ring.behindIommu;
    const addresses = this.#behindIommu ? 'iova' : 'frontend';
    const started = this.#under(memory.memory, (seen) =>
      this.queue.start(seen, { size, desc, avail, used, addresses, features, base }),
    );
    if (started.ok) this.#onStarted(features);
    return started;
  }

  stop(): { readonly base: number } {
    return this.queue.stop();
  }

  setEnabled(enabled: boolean): void {
    this.queue.setEnabled(enabled);
  }

  replaceMemory(memory: MappedMemory): Result<void, PortError> {
    if (!(memory instanceof NativeMemory)) return FOREIGN_MEMORY;
    return this.#under(memory.memory, (seen) => this.queue.replaceMemory(seen));
  }

  miss(): TranslationMiss | null {
    return this.queue.miss();
  }

  prepare(queue: AcceleratorQueue): Promise<Result<void, PortError>> {
    if (!(queue instanceof NativeAcceleratorQueue)) return Promise.resolve(FOREIGN_ACCELERATOR);
    const { device } = queue;
    return queue.preparing.begin(() =>
      // Its turn may come when the session is over.
      this.queue.closed || device.closed ? Promise.resolve(ENDED) : this.queue.prepareHandover(device),
    );
  }

  handoverTo(queue: AcceleratorQueue): Result<HandoverAnswer, PortError> {
    return queue instanceof NativeAcceleratorQueue
      ? this.queue.handoverTo(queue.device)
      : FOREIGN_ACCELERATOR;
  }

  handoverBack(): Result<HandoverAnswer, PortError> {
    return this.queue.handoverBack();
  }

  setGuardPoll(on: boolean): void {
    this.queue.setGuardPoll(on);
  }

  setLog(log: MappedLog | null, used: bigint | null): void {
    this.queue.setLog(log instanceof NativeLog ? log.log : null, used);
  }

  setHoldAtStart(on: boolean): void {
    this.queue.setHoldAtStart(on);
  }

  close(): void {
    this.queue.close();
  }

  /** The memory as this ring sees it; the ring keeps its own hold. */
  #under<T>(memory: Memory, use: (seen: Memory) => T): T {
    if (!this.#behindIommu) return use(memory);
    const behind = memory.behind(this.#iotlb);
    const result = use(behind);
    behind.close();
    return result;
  }
}
