/** A virtio 1.x PCI device driven through qtest: configuration space, capabilities, initialisation. */
import type { Qtest } from './qtest.ts';

const CONFIG_ADDRESS = 0xcf8;
const CONFIG_DATA = 0xcfc;
/** Where this driver puts BAR 4: far above RAM, below the interrupt controllers. */
const BAR4 = 0xe000_0000;

/** Offsets in virtio_pci_common_cfg (virtio 1.2 §4.1.4.3). */
const COMMON = {
  deviceFeatureSelect: 0,
  deviceFeature: 4,
  driverFeatureSelect: 8,
  driverFeature: 12,
  numQueues: 18,
  deviceStatus: 20,
  queueSelect: 22,
  queueSize: 24,
  queueEnable: 28,
  queueNotifyOff: 30,
  queueDesc: 32,
  queueDriver: 40,
  queueDevice: 48,
} as const;

export const STATUS = { acknowledge: 1, driver: 2, driverOk: 4, featuresOk: 8 } as const;

export const FEATURE = {
  mrgRxbuf: 1n << 15n,
  ctrlVq: 1n << 17n,
  mq: 1n << 22n,
  indirectDesc: 1n << 28n,
  eventIdx: 1n << 29n,
  version1: 1n << 32n,
  accessPlatform: 1n << 33n,
  notificationData: 1n << 38n,
} as const;

export interface RingAddresses {
  readonly size: number;
  readonly desc: number;
  readonly avail: number;
  readonly used: number;
}

export class VirtioPci {
  readonly #qtest: Qtest;
  readonly #slot: number;
  #common = 0;
  #notify = 0;
  #notifyMultiplier = 0;
  #isr = 0;

  private constructor(qtest: Qtest, slot: number) {
    this.#qtest = qtest;
    this.#slot = slot;
  }

  /** Finds the device at `slot` of bus 0, assigns its BAR 4 and reads its capabilities. */
  static async at(qtest: Qtest, slot = 5): Promise<VirtioPci> {
    const device = new VirtioPci(qtest, slot);
    if (((await device.#config(0)) & 0xffff) !== 0x1af4) throw new Error(`no virtio device at slot ${slot}`);
    await device.#setConfig(0x20, BAR4);
    await device.#setConfig(0x24, 0);
    await device.#setConfig(0x04, (await device.#config(0x04)) | 6); // memory space, bus master
    for (let at = (await device.#config(0x34)) & 0xff; at !== 0;) {
      const head = await device.#config(at);
      if ((head & 0xff) === 9) await device.#capability(at, head >>> 24);
      at = (head >>> 8) & 0xff;
    }
    return device;
  }

  async #capability(at: number, type: number): Promise<void> {
    const bar = (await this.#config(at + 4)) & 0xff;
    if (bar !== 4) return;
    const address = BAR4 + (await this.#config(at + 8));
    if (type === 1) this.#common = address;
    if (type === 3) this.#isr = address;
    if (type === 2) {
      this.#notify = address;
      this.#notifyMultiplier = await this.#config(at + 16);
    }
  }

  async #config(offset: number): Promise<number> {
    await this.#qtest.outl(CONFIG_ADDRESS, 0x8000_0000 + this.#slot * 0x800 + offset);
    return this.#qtest.inl(CONFIG_DATA);
  }

  async #setConfig(offset: number, value: number): Promise<void> {
    await this.#qtest.outl(CONFIG_ADDRESS, 0x8000_0000 + this.#slot * 0x800 + offset);
    await this.#qtest.outl(CONFIG_DATA, value);
  }

  async offered(): Promise<bigint> {
    let features = 0n;
    for (const half of [0, 1]) {
      await this.#qtest.store(4, this.#common + COMMON.deviceFeatureSelect, half);
      features |= BigInt(await this.#qtest.load(4, this.#common + COMMON.deviceFeature)) << BigInt(32 * half);
    }
    return features;
  }

  async status(): Promise<number> {
    return this.#qtest.load(1, this.#common + COMMON.deviceStatus);
  }

  async setStatus(value: number): Promise<void> {
    await this.#qtest.store(1, this.#common + COMMON.deviceStatus, value);
  }

  async reset(): Promise<void> {
    await this.setStatus(0);
  }

  /** Reset, features, FEATURES_OK. `wanted` must be a part of what is offered. */
  async negotiate(wanted: bigint): Promise<void> {
    await this.reset();
    await this.setStatus(STATUS.acknowledge | STATUS.driver);
    for (const half of [0, 1]) {
      await this.#qtest.store(4, this.#common + COMMON.driverFeatureSelect, half);
      await this.#qtest.store(
        4,
        this.#common + COMMON.driverFeature,
        (wanted >> BigInt(32 * half)) & 0xffff_ffffn,
      );
    }
    await this.setStatus(STATUS.acknowledge | STATUS.driver | STATUS.featuresOk);
    if (((await this.status()) & STATUS.featuresOk) === 0)
      throw new Error(`the device refuses features 0x${wanted.toString(16)}`);
  }

  async setQueue(index: number, ring: RingAddresses): Promise<void> {
    const common = this.#common;
    await this.#qtest.store(2, common + COMMON.queueSelect, index);
    await this.#qtest.store(2, common + COMMON.queueSize, ring.size);
    for (const [offset, address] of [
      [COMMON.queueDesc, ring.desc],
      [COMMON.queueDriver, ring.avail],
      [COMMON.queueDevice, ring.used],
    ] as const) {
      await this.#qtest.store(4, common + offset, address % 2 ** 32);
      await this.#qtest.store(4, common + offset + 4, Math.floor(address / 2 ** 32));
    }
    await this.#qtest.store(2, common + COMMON.queueEnable, 1);
  }

  async driverOk(): Promise<void> {
    await this.setStatus(STATUS.acknowledge | STATUS.driver | STATUS.featuresOk | STATUS.driverOk);
  }

  /** Rings queue `index` as a driver does: a 16-bit store to its notify address. */
  async notify(index: number): Promise<void> {
    await this.#qtest.store(2, await this.notifyAddress(index), index);
  }

  async notifyAddress(index: number): Promise<number> {
    await this.#qtest.store(2, this.#common + COMMON.queueSelect, index);
    const offset = await this.#qtest.load(2, this.#common + COMMON.queueNotifyOff);
    return this.#notify + offset * this.#notifyMultiplier;
  }

  /** Reads and clears the interrupt status: bit 0 = a queue was signalled. */
  async interruptStatus(): Promise<number> {
    return this.#qtest.load(1, this.#isr);
  }
}
