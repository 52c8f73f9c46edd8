/** The driver's side of one split virtqueue in guest memory, every access through qtest. */
import type { Qtest } from './qtest.ts';
import type { RingAddresses } from './virtio-pci.ts';

const NO_INTERRUPT = 1;
const WRITE = 2;
/** virtio_net_hdr with num_buffers. */
const HEADER = 12;
const BUFFER = 2048;

export class SplitRing {
  /** In guest memory. */
  readonly addresses: RingAddresses;
  /** As the device is told. */
  readonly deviceAddresses: RingAddresses;
  readonly #iovaShift: number;
  readonly #qtest: Qtest;
  readonly #buffers: number;
  #avail = 0;
  #used = 0;

  /**
   * Takes 128 KiB of guest memory from `base` on for up to 32 entries; the device is told addresses that are
   * `iovaShift` higher.
   */
  constructor(qtest: Qtest, base: number, size = 32, iovaShift = 0) {
    this.#qtest = qtest;
    this.#iovaShift = iovaShift;
    this.addresses = { size, desc: base, avail: base + 0x1000, used: base + 0x2000 };
    const { desc, avail, used } = this.addresses;
    this.deviceAddresses = {
      size,
      desc: desc + iovaShift,
      avail: avail + iovaShift,
      used: used + iovaShift,
    };
    this.#buffers = base + 0x4000;
  }

  /** Empty rings, as a driver sets them up before it enables the queue. */
  async clear(options: { readonly interrupts?: boolean } = {}): Promise<void> {
    await this.#qtest.write(this.addresses.desc, Buffer.alloc(0x3000));
    if (options.interrupts === false) await this.#qtest.store(2, this.addresses.avail, NO_INTERRUPT);
    this.#avail = 0;
    this.#used = 0;
  }

  /** Chains given to the device since the ring was cleared, 16 bits of it: its avail index. */
  get offered(): number {
    return this.#avail;
  }

  #bufferOf(index: number): number {
    return this.#buffers + (index % this.addresses.size) * BUFFER;
  }

  /** Writes descriptor `slot`; raw values, for tests of hostile guests too. */
  async setDescriptor(slot: number, address: bigint, length: number, flags: number, next = 0): Promise<void> {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(address);
    bytes.writeUInt32LE(length, 8);
    bytes.writeUInt16LE(flags, 12);
    bytes.writeUInt16LE(next, 14);
    await this.#qtest.write(this.addresses.desc + slot * 16, bytes);
  }

  /** Publishes the chain that starts at descriptor `head`. */
  async publish(head: number): Promise<void> {
    const { size, avail } = this.addresses;
    await this.#qtest.store(2, avail + 4 + (this.#avail % size) * 2, head);
    this.#avail = (this.#avail + 1) & 0xffff;
    await this.#qtest.store(2, avail + 2, this.#avail);
  }

  /** Queues one frame to be sent. */
  async send(frame: Buffer): Promise<void> {
    const slot = this.#avail % this.addresses.size;
    await this.#qtest.write(this.#bufferOf(slot), Buffer.concat([Buffer.alloc(HEADER), frame]));
    await this.setDescriptor(slot, BigInt(this.#bufferOf(slot) + this.#iovaShift), HEADER + frame.length, 0);
    await this.publish(slot);
  }

  /** Gives the device `count` buffers to receive into. */
  async offer(count: number): Promise<void> {
    for (let given = 0; given < count; given++) {
      const slot = this.#avail % this.addresses.size;
      await this.setDescriptor(slot, BigInt(this.#bufferOf(slot) + this.#iovaShift), BUFFER, WRITE);
      await this.publish(slot);
    }
  }

  async usedIndex(): Promise<number> {
    return this.#qtest.load(2, this.addresses.used + 2);
  }

  get availIndex(): number {
    return this.#avail;
  }

  /** What was used since the last call: descriptor ids and lengths. */
  async takeUsed(): Promise<readonly { readonly id: number; readonly length: number }[]> {
    const upTo = await this.usedIndex();
    const taken = [];
    for (; this.#used !== upTo; this.#used = (this.#used + 1) & 0xffff) {
      const element = await this.#qtest.read(
        this.addresses.used + 4 + (this.#used % this.addresses.size) * 8,
        8,
      );
      taken.push({ id: element.readUInt32LE(0), length: element.readUInt32LE(4) });
    }
    return taken;
  }

  /** The frames received since the last call. Their buffers are given back. */
  async receive(): Promise<readonly Buffer[]> {
    const frames = [];
    for (const { id, length } of await this.takeUsed())
      frames.push((await this.#qtest.read(this.#bufferOf(id), length)).subarray(HEADER));
    await this.offer(frames.length);
    return frames;
  }
}
