/** One ring on the software path, and its handover to accelerators whose data plane is native as well. */
import type { Queue } from '../addon/surface.ts';
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
} from '../engine/ports.ts';
import type { RingConfig } from '../engine/state.ts';
import { NativeLog } from './native-log.ts';
import { NativeMemory } from './native-memory.ts';

const FOREIGN_MEMORY = err({ code: 'internal', message: 'The memory table belongs to another data path' });

export class NativeQueue implements DataPathQueue {
  readonly queue: Queue;

  /** Takes the queue. */
  constructor(queue: Queue) {
    this.queue = queue;
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
    return this.queue.start(memory.memory, {
      size,
      desc,
      avail,
      used,
      addresses: 'frontend',
      features,
      base,
    });
  }

  stop(): { readonly base: number } {
    return this.queue.stop();
  }

  setEnabled(enabled: boolean): void {
    this.queue.setEnabled(enabled);
  }

  replaceMemory(memory: MappedMemory): Result<void, PortError> {
    if (!(memory instanceof NativeMemory)) return FOREIGN_MEMORY;
    return this.queue.replaceMemory(memory.memory);
  }

  handoverTo(queue: AcceleratorQueue): Result<HandoverAnswer, PortError> {
    if (queue instanceof NativeAcceleratorQueue) return this.queue.handoverTo(queue.device);
    return err({
      code: 'accelerator-failed',
      message: 'The accelerator cannot take a ring from this data path',
    });
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
}
