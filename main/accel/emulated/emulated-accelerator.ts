/**
 * The simulated device that every installation has: its own thread polls doorbells and serves rings as
 * hardware would. Marked as simulated wherever it appears; its group is simulated too, one per instance.
 */
import type { Addon, DataPath, EmulatedDevice, Fd } from '../../addon/surface.ts';
import { disposable, type Disposable } from '../../base/disposable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type {
  Accelerator,
  AcceleratorCapabilities,
  AcceleratorQueue,
  PortError,
  ProbeAnswer,
} from '../../engine/ports.ts';
import { NativeAcceleratorQueue, NOTHING_TO_PREPARE } from '../native-accelerator-queue.ts';

/** It takes rings from any number of sessions; this bounds what one process can hold open. */
const MAX_QUEUES = 1024;

export interface EmulatedOptions extends Partial<
  Pick<AcceleratorCapabilities, 'restoreIndex' | 'stopPerQueue'>
> {
  readonly id: string;
  /** Counts from 1 and names the simulated group. */
  readonly instance: number;
  /** Virtio features of the data path, whose ring code it shares. */
  readonly features: bigint;
}

export class EmulatedAccelerator implements Accelerator {
  readonly id: string;
  readonly kind = 'emulated';
  readonly capabilities: AcceleratorCapabilities;
  readonly #device: EmulatedDevice;
  readonly #group: { readonly id: string; readonly fd: Fd };
  readonly #holders = new Set<string>();
  #queues = 0;

  private constructor(
    { id, features, restoreIndex = 'any', stopPerQueue = true }: EmulatedOptions,
    group: { readonly id: string; readonly fd: Fd },
    device: EmulatedDevice,
  ) {
    this.id = id;
    this.#group = group;
    this.#device = device;
    this.capabilities = {
      features,
      queues: MAX_QUEUES,
      restoreIndex,
      stopPerQueue,
      preparesAhead: false,
      notifyPage: 'per-queue',
      logsDirtyPages: false,
      countsDoorbells: true,
      ownNetwork: false,
      simulated: true,
    };
  }

  /** `dataPath` is the one whose rings it will take. */
  static create(
    addon: Addon,
    dataPath: DataPath,
    options: EmulatedOptions,
  ): Result<EmulatedAccelerator, PortError> {
    const device = addon.createEmulatedDevice(dataPath, { zeroOnly: options.restoreIndex === 'zero-only' });
    if (!device.ok) return device;
    const id = `s${options.instance}`;
    // Stands for the group's device file: told from every other by what it is, and empty for good, so that
    // nothing can be shared through it.
    const fd = addon.io.memfd(`doorbell-sim-group-${id}`, 0n);
    if (fd.ok) return ok(new EmulatedAccelerator(options, { id, fd: fd.value }, device.value));
    device.value.close();
    return fd;
  }

  probe(): ProbeAnswer {
    if (!this.#device.closed) return { usable: true, problem: null };
    const problem = { message: 'The simulated device was closed', remedy: 'Start Doorbell again' };
    return { usable: false, problem };
  }

  hardware(): null {
    return null;
  }

  group() {
    return this.#group;
  }

  holders(): readonly string[] {
    return [...this.#holders];
  }

  queue(holder: string): Result<AcceleratorQueue, PortError> {
    if (this.#device.closed) return err({ code: 'accelerator-failed', message: `${this.id} was closed` });
    if (this.#queues >= MAX_QUEUES)
      return err({
        code: 'accelerator-busy',
        message: `All ${MAX_QUEUES} queues of ${this.id} are reserved`,
      });
    const queue = this.#device.queue();
    if (!queue.ok) return queue;
    this.#queues++;
    const closed = () => {
      this.#queues--;
    };
    return ok(new NativeAcceleratorQueue(queue.value, holder, this.#holders, NOTHING_TO_PREPARE, closed));
  }

  /** Nothing in it can break. */
  onFault(): Disposable {
    return disposable(() => undefined);
  }

  /** It is usable from its making to its close. */
  onChange(): Disposable {
    return disposable(() => undefined);
  }

  uplink(): null {
    return null;
  }

  simulatedCpuNs(): number | null {
    return this.#device.closed ? null : this.#device.cpuNs();
  }

  close(): void {
    this.#device.close();
    this.#group.fd.close();
  }
}
