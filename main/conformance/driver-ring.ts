/**
 * The driver's side of one split ring (virtio 1.2, 2.7), a step at a time: chains are laid out, published and kicked
 * when a check says so, and what the device gives back is read as it is.
 *
 *   at `index` × 16 KiB of the memory:   | descriptors | 0x1000 available | 0x2000 used |
 *   from 256 KiB on, 64 KiB a ring:      | 1 KiB for the buffer of each descriptor |
 */
import type { Fd, GuestRam, Io } from '../addon/surface.ts';
import { frontendAddr } from '../wire/address.ts';
import type { VringAddr } from '../wire/payload/vring-addr.ts';
import type { Capture } from './capture.ts';
import type { Completion, RingBuffer } from './devices/device.ts';
import { until } from './wait.ts';

export const RAM_BYTES = 0x10_0000n;
export const GUEST_BASE = 0n;
export const FRONTEND_BASE = 0x7f00_0000_0000n;

export const RING_SIZE = 64;
/** Longest chain of a check. Chains start at every fourth descriptor. */
const CHAIN = 4;
/** Chains that fit the table. */
export const SLOTS = RING_SIZE / CHAIN;

const RING_STRIDE = 0x4000;
const AVAIL = 0x1000;
const USED = 0x2000;
const BUFFERS = 0x4_0000;
const BUFFER_BYTES = 0x400;
/** Rings that the memory has room for. */
export const MAX_RINGS = 8;

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const DESCRIPTOR_BYTES = 16;

const UINT16 = 0xffff;

export class DriverRing {
  readonly index: number;
  readonly #io: Io;
  readonly #ram: GuestRam;
  readonly #capture: Capture;
  readonly #start: number;
  /** Chains by head, as they were laid out. */
  readonly #laid = new Map<number, readonly RingBuffer[]>();
  #avail = 0;
  #taken = 0;
  kickFd: Fd;
  callFd: Fd;

  /** The fds stay the caller's. */
  constructor(
    index: number,
    parts: { readonly io: Io; readonly ram: GuestRam; readonly capture: Capture },
    fds: { readonly kick: Fd; readonly call: Fd },
  ) {
    this.index = index;
    this.#io = parts.io;
    this.#ram = parts.ram;
    this.#capture = parts.capture;
    this.#start = index * RING_STRIDE;
    this.kickFd = fds.kick;
    this.callFd = fds.call;
  }

  /** As a driver that has used the ring `base` times leaves it: both indices there. */
  beginAt(base: number): void {
    this.#avail = base;
    this.#taken = base;
    this.#ram.store16(this.#start + AVAIL + 2, base);
    this.#ram.store16(this.#start + USED + 2, base);
  }

  get address(): VringAddr {
    const at = FRONTEND_BASE + BigInt(this.#start);
    return {
      index: this.index,
      logsUsedRing: false,
      desc: frontendAddr(at),
      avail: frontendAddr(at + BigInt(AVAIL)),
      used: frontendAddr(at + BigInt(USED)),
      log: 0n,
    };
  }

  /** Next available index, 16 bits wide. */
  get availIndex(): number {
    return this.#avail;
  }
  get usedIndex(): number {
    return this.#ram.load16(this.#start + USED + 2);
  }

  /** Lays a chain out and publishes it; nothing is kicked. */
  add(buffers: readonly RingBuffer[]): void {
    const head = this.#layOut(buffers);
    this.#publish(head);
  }

  /** As `add`, the chain in an indirect table (INDIRECT_DESC). */
  addIndirect(buffers: readonly RingBuffer[]): void {
    const head = this.#layOut(buffers);
    const table = this.#ram.read(this.#start + head * DESCRIPTOR_BYTES, buffers.length * DESCRIPTOR_BYTES);
    const view = new DataView(table.buffer);
    for (let at = 0; at < buffers.length; at++) view.setUint16(at * DESCRIPTOR_BYTES + 14, at + 1, true);
    const place = this.#bufferOf(head + CHAIN - 1);
    this.#ram.write(place, table);
    this.#describe(head, place, table.byteLength, INDIRECT, 0);
    this.#publish(head);
  }

  kick(): void {
    this.#capture.event(`kick of ring ${this.index}, available index ${this.#avail}`);
    this.#io.signal(this.kickFd);
  }

  /** Whether everything published came back in time. */
  async drained(): Promise<boolean> {
    const done = await until(() => this.usedIndex === this.#avail);
    this.#capture.event(`ring ${this.index}: available index ${this.#avail}, used index ${this.usedIndex}`);
    return done;
  }

  /** Times the call eventfd was signalled since this was asked last. */
  takeCalls(fd: Fd = this.callFd): number {
    const taken = this.#io.takeSignals(fd);
    return taken.ok ? taken.value : 0;
  }

  /** The completions since the last call, or what is wrong with the used ring. */
  takeUsed(): { readonly completions: readonly Completion[]; readonly wrong: string | null } {
    const completions: Completion[] = [];
    for (const end = this.usedIndex; this.#taken !== end; this.#taken = (this.#taken + 1) & UINT16) {
      const at = this.#start + USED + 4 + (this.#taken % RING_SIZE) * 8;
      const element = this.#ram.read(at, 8);
      const view = new DataView(element.buffer);
      const id = view.getUint32(0, true);
      const laid = this.#laid.get(id);
      if (laid === undefined)
        return { completions, wrong: `the used ring names chain ${id}, which was not given` };
      completions.push({ length: view.getUint32(4, true), written: this.#written(id, laid) });
    }
    return { completions, wrong: null };
  }

  #written(head: number, buffers: readonly RingBuffer[]): readonly Uint8Array[] {
    return buffers.flatMap(({ bytes, length }, at) =>
      bytes === null ? [this.#ram.read(this.#bufferOf(head + at), length)] : [],
    );
  }

  #layOut(buffers: readonly RingBuffer[]): number {
    const head = (this.#avail % SLOTS) * CHAIN;
    for (const [at, { bytes, length }] of buffers.entries()) {
      const place = this.#bufferOf(head + at);
      this.#ram.write(place, bytes ?? new Uint8Array(length).fill(0xee));
      const isLast = at === buffers.length - 1;
      const flags = (bytes === null ? WRITE : 0) | (isLast ? 0 : NEXT);
      this.#describe(head + at, place, length, flags, isLast ? 0 : head + at + 1);
    }
    this.#laid.set(head, buffers);
    return head;
  }

  #describe(slot: number, place: number, length: number, flags: number, next: number): void {
    const bytes = new Uint8Array(DESCRIPTOR_BYTES);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, GUEST_BASE + BigInt(place), true);
    view.setUint32(8, length, true);
    view.setUint16(12, flags, true);
    view.setUint16(14, next, true);
    this.#ram.write(this.#start + slot * DESCRIPTOR_BYTES, bytes);
  }

  #publish(head: number): void {
    const entry = this.#start + AVAIL + 4 + (this.#avail % RING_SIZE) * 2;
    this.#ram.store16(entry, head);
    this.#avail = (this.#avail + 1) & UINT16;
    this.#ram.store16(this.#start + AVAIL + 2, this.#avail);
  }

  #bufferOf(slot: number): number {
    return BUFFERS + this.index * RING_SIZE * BUFFER_BYTES + slot * BUFFER_BYTES;
  }
}
