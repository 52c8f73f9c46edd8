/**
 * A queue of an accelerator whose data plane is native code: the data path hands it a ring in one native
 * call. Kinds without one would be told to start and stop, each with the index between.
 */
import type { DeviceQueue } from '../addon/surface.ts';
import { ok, type Result } from '../base/result.ts';
import type { AcceleratorQueue, NotifyArea, PortError } from '../engine/ports.ts';

export interface HolderList {
  add(holder: string): void;
  delete(holder: string): void;
}

/** What comes before a handover, for an accelerator that needs time for it. */
export interface Preparing {
  /** `work` makes the device ready; it is begun when nothing else is under way there. */
  begin(work: () => Promise<Result<void, PortError>>): Promise<Result<void, PortError>>;
  /** Idempotent. */
  end(): void;
}

/** Takes none. */
export const NOTHING_TO_PREPARE: Preparing = {
  begin: () => Promise.resolve(ok(undefined)),
  end: () => undefined,
};

export class NativeAcceleratorQueue implements AcceleratorQueue {
  readonly target: AcceleratorQueue = this;
  readonly device: DeviceQueue;
  readonly preparing: Preparing;
  readonly #holder: string;
  readonly #holders: HolderList;
  readonly #onClosed: () => void;
  #closed = false;

  /** Takes the device queue. `holder` is `session/index`. */
  constructor(
    device: DeviceQueue,
    holder: string,
    holders: HolderList,
    preparing: Preparing,
    onClosed: () => void = () => undefined,
  ) {
    this.device = device;
    this.preparing = preparing;
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

  unprepare(): void {
    this.preparing.end();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.setHolding(false);
    this.device.close();
    this.preparing.end();
    this.#onClosed();
  }
}
