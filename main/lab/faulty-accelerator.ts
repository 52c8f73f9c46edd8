/**
 * An accelerator that hands out notify pages wrongly, as broken hardware or a broken driver would: everything
 * else of the decorated accelerator works. The engine cannot tell it from a sound one but by what it checks.
 */
import type { Disposable } from '../base/disposable.ts';
import { ok, type Result } from '../base/result.ts';
import type { Accelerator, AcceleratorQueue, NotifyArea, PortError, Station } from '../engine/ports.ts';

/**
 * `stray-page`: each queue hands out another page of the device, which belongs to no ring · `shared-page`: all
 * hand out the page of the one that was reserved first · `large-page`: 64 KiB are said to be one page.
 */
export const PAGE_FAULTS = ['stray-page', 'shared-page', 'large-page'] as const;
export type PageFault = (typeof PAGE_FAULTS)[number];

const LARGE_PAGE = 65_536n;

export class FaultyAccelerator implements Accelerator {
  readonly #sound: Accelerator;
  readonly #fault: PageFault;
  #first: AcceleratorQueue | null = null;

  constructor(sound: Accelerator, fault: PageFault) {
    this.#sound = sound;
    this.#fault = fault;
  }

  get id() {
    return this.#sound.id;
  }

  get kind() {
    return this.#sound.kind;
  }

  get capabilities() {
    return this.#sound.capabilities;
  }

  probe() {
    return this.#sound.probe();
  }

  hardware() {
    return this.#sound.hardware();
  }

  group() {
    return this.#sound.group();
  }

  holders(): readonly string[] {
    return this.#sound.holders();
  }

  onFault(listener: (message: string) => void): Disposable {
    return this.#sound.onFault(listener);
  }

  onChange(listener: () => void): Disposable {
    return this.#sound.onChange(listener);
  }

  uplink(session: string, station: Station) {
    return this.#sound.uplink(session, station);
  }

  simulatedCpuNs(): number | null {
    return this.#sound.simulatedCpuNs();
  }

  queue(holder: string, station: Station): Result<AcceleratorQueue, PortError> {
    const queue = this.#sound.queue(holder, station);
    if (!queue.ok) return queue;
    this.#first ??= queue.value;
    if (this.#fault !== 'stray-page') return ok(new FaultyQueue(queue.value, this.#first, this.#fault));
    const stray = this.#sound.queue(`stray page of ${holder}`, station);
    return stray.ok ? ok(new FaultyQueue(queue.value, stray.value, this.#fault)) : stray;
  }

  close(): void {
    this.#sound.close();
  }
}

class FaultyQueue implements AcceleratorQueue {
  readonly target: AcceleratorQueue;
  readonly #donor: AcceleratorQueue;
  readonly #fault: PageFault;

  constructor(sound: AcceleratorQueue, donor: AcceleratorQueue, fault: PageFault) {
    this.target = sound;
    this.#donor = donor;
    this.#fault = fault;
  }

  notifyArea(): Result<NotifyArea, PortError> {
    if (this.#fault !== 'large-page') return this.#donor.notifyArea();
    const area = this.target.notifyArea();
    return area.ok ? ok({ ...area.value, size: LARGE_PAGE }) : area;
  }

  setHolding(holding: boolean): void {
    this.target.setHolding(holding);
  }

  unprepare(): void {
    this.target.unprepare();
  }

  close(): void {
    if (this.#fault === 'stray-page') this.#donor.close();
    this.target.close();
  }
}
