/** QEMU's intel-iommu, programmed through qtest: page tables of one device, and its invalidation queue. */
import type { Qtest } from './qtest.ts';

/** Where a q35 machine has it (VT-d, "Register Descriptions"). */
const REGISTERS = 0xfed9_0000;
const GLOBAL_COMMAND = 0x18;
const ROOT_TABLE = 0x20;
const QUEUE_TAIL = 0x88;
const QUEUE_ADDRESS = 0x90;
const TRANSLATION_ENABLE = 2 ** 31;
const SET_ROOT_TABLE = 2 ** 30;
const QUEUED_INVALIDATION_ENABLE = 2 ** 26;

/** Guest memory of the tables, a page each. */
const TABLES = 0x4_0000;
const ROOT = TABLES;
const CONTEXT = TABLES + 0x1000;
const LEVEL3 = TABLES + 0x2000;
const LEVEL2 = TABLES + 0x3000;
const LEVEL1 = TABLES + 0x4000;
const QUEUE = TABLES + 0x5000;

const PAGE = 4096;
const PRESENT = 1n;
const READ_WRITE = 3n;
/** Context entries: requests with and without ATS translated; domain 1, three levels. */
const TRANSLATED_WITH_ATS = 1n << 2n;
const DOMAIN_AND_WIDTH = (1n << 8n) | 1n;
/** Invalidation descriptors: one page of domain 1, and one of a device. */
const IOTLB_PAGE = 0x1_0032n;
const DEVICE_IOTLB = 0x3n;

/** I/O virtual addresses of this device are guest addresses plus this. */
export const IOVA_SHIFT = 0x4000_0000;

export class Vtd {
  readonly #qtest: Qtest;
  readonly #source: bigint;
  #tail = 0;

  private constructor(qtest: Qtest, slot: number) {
    this.#qtest = qtest;
    this.#source = BigInt(slot << 3);
  }

  /** Translates for the device at `slot` of bus 0: the first 2 MiB of guest memory at IOVA_SHIFT. */
  static async enable(qtest: Qtest, slot = 5): Promise<Vtd> {
    const vtd = new Vtd(qtest, slot);
    await qtest.write(TABLES, Buffer.alloc(6 * PAGE));
    await vtd.#entry(ROOT, BigInt(CONTEXT) | PRESENT);
    const device = CONTEXT + (slot << 3) * 16;
    await vtd.#entry(device, BigInt(LEVEL3) | TRANSLATED_WITH_ATS | PRESENT);
    await vtd.#entry(device + 8, DOMAIN_AND_WIDTH);
    await vtd.#entry(LEVEL3 + Math.floor(IOVA_SHIFT / 2 ** 30) * 8, BigInt(LEVEL2) | READ_WRITE);
    await vtd.#entry(LEVEL2, BigInt(LEVEL1) | READ_WRITE);
    for (let page = 0; page < 512; page++) await vtd.map(page * PAGE, page * PAGE);

    await qtest.store(8, REGISTERS + ROOT_TABLE, ROOT);
    await qtest.store(4, REGISTERS + GLOBAL_COMMAND, SET_ROOT_TABLE);
    await qtest.store(8, REGISTERS + QUEUE_ADDRESS, QUEUE);
    await qtest.store(4, REGISTERS + GLOBAL_COMMAND, QUEUED_INVALIDATION_ENABLE);
    await qtest.store(4, REGISTERS + GLOBAL_COMMAND, TRANSLATION_ENABLE + QUEUED_INVALIDATION_ENABLE);
    return vtd;
  }

  /** Changes the table alone: what caches hold is another matter. Null takes the page away. */
  async map(at: number, guest: number | null): Promise<void> {
    await this.#entry(LEVEL1 + (at / PAGE) * 8, guest === null ? 0n : BigInt(guest) | READ_WRITE);
  }

  /**
   * Tells the IOMMU and the device that one page changed, as a driver does after it. QEMU passes the first on to a device
   * whose driver has not enabled ATS, as here, and the second to one whose driver has.
   */
  async invalidate(at: number): Promise<void> {
    const iova = BigInt(at + IOVA_SHIFT);
    await this.#submit(IOTLB_PAGE, iova);
    await this.#submit(DEVICE_IOTLB | (this.#source << 32n), iova);
  }

  async #submit(low: bigint, high: bigint): Promise<void> {
    await this.#entry(QUEUE + this.#tail * 16, low);
    await this.#entry(QUEUE + this.#tail * 16 + 8, high);
    this.#tail = (this.#tail + 1) % 256;
    await this.#qtest.store(8, REGISTERS + QUEUE_TAIL, this.#tail * 16);
  }

  async #entry(at: number, value: bigint): Promise<void> {
    await this.#qtest.store(8, at, value);
  }
}
