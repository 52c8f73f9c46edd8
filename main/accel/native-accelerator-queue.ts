/**
 * A queue of an accelerator whose data plane is native code: the data path hands it a ring in one native
 * call. Kinds without one would be told to start and stop, each with the index between.
 */
import type { DeviceQueue } from '../addon/surface.ts';
import type { Result } from '../base/result.ts';
import type { AcceleratorQueue, NotifyArea, PortError } from '../engine/ports.ts';

export interface HolderList {
  add(holder: string): void;
  delete(holder: string): void;
}

export class NativeAcceleratorQueue implements AcceleratorQueue {
  readonly target: AcceleratorQueue = this;
  readonly device: DeviceQueue;
  readonly #holder: string;
  readonly #holders: HolderList;
  readonly #onClosed: () => void;
  #closed = false;

  /** Takes the device queue. `holder` is `session/index`. */
  constructor(device: DeviceQueue, holder: string, holders: HolderList, onClosed: () => void) {
    this.device = device;
    this.#holder = holder;
    this.#holders = holders;
    this.#onClosed = onClosed;
  }

  notifyArea(): Result<NotifyArea, PortError> {
    return this.device.notifyArea();
  }

  setHolding(holding: boolean): void {
    if (holding) this.#holders.add(this.#holder);
    else this.#holders.delete(this.#holder);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.setHolding(false);
    this.device.close();
    this.#onClosed();
  }
}
