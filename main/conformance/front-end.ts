/** A front-end that a check brings as far as it needs: negotiated, with memory, with rings. */
import type { Addon, Fd, GuestRam, Handle, NativeResult } from '../addon/surface.ts';
import { ok } from '../base/result.ts';
import { frontendAddr, guestAddr } from '../wire/address.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import { hasProtocol, protocolMask } from '../wire/protocol-features.ts';
import { virtioMask } from '../wire/virtio-features.ts';
import type { Capture } from './capture.ts';
import type { DeviceModel, RingBuffer } from './devices/device.ts';
import { DriverRing, FRONTEND_BASE, GUEST_BASE, RAM_BYTES, RING_SIZE } from './driver-ring.ts';
import type { Facts } from './facts.ts';
import { Talk } from './talk.ts';
import type { Link } from './link.ts';
import { fail, type Step } from './verdict.ts';

/** Acknowledged where offered: nothing that a check does not use. */
const FEATURES = virtioMask('F_VERSION_1', 'VHOST_USER_F_PROTOCOL_FEATURES');
const PROTOCOL = protocolMask('MQ', 'REPLY_ACK');

export interface Negotiation {
  /** Protocol features beside MQ and REPLY_ACK, where offered. */
  readonly protocol?: bigint;
  /** Virtio features beside VERSION_1 and bit 30, where offered. */
  readonly virtio?: bigint;
  /** Features that are not acknowledged though they are offered. */
  readonly without?: bigint;
}

/** The memory of a front-end as its table describes it. */
export const WHOLE_RAM: MemRegion = {
  guestAddress: guestAddr(GUEST_BASE),
  size: RAM_BYTES,
  frontendAddress: frontendAddr(FRONTEND_BASE),
  mmapOffset: 0n,
};

export interface FrontEndParts {
  readonly addon: Addon;
  readonly facts: Facts;
  readonly capture: Capture;
  readonly link: Link;
}

export class FrontEnd {
  readonly talk: Talk;
  readonly facts: Facts;
  readonly capture: Capture;
  readonly #addon: Addon;
  readonly #handles: Handle[] = [];
  readonly #rings = new Map<number, DriverRing>();
  #ram: GuestRam | null = null;
  #features = 0n;

  constructor({ addon, facts, capture, link }: FrontEndParts) {
    this.#addon = addon;
    this.facts = facts;
    this.capture = capture;
    this.talk = new Talk(link);
  }

  /** Acknowledged by SET_FEATURES. */
  get features(): bigint {
    return this.#features;
  }

  /** Closed with this front-end. */
  keep<T extends Handle>(result: NativeResult<T>): T {
    if (!result.ok) throw new Error(`This system cannot give what a check needs: ${result.error.message}`);
    this.#handles.push(result.value);
    return result.value;
  }
  eventfd(): Fd {
    return this.keep(this.#addon.io.eventfd());
  }
  memfd(size: bigint): Fd {
    return this.keep(this.#addon.io.memfd('conformance', size));
  }
  signal(fd: Fd): void {
    this.#addon.io.signal(fd);
  }

  get ram(): GuestRam {
    this.#ram ??= this.keep(this.#addon.createGuestRam(RAM_BYTES));
    return this.#ram;
  }
  /** A fresh handle of the memory's file. */
  ramFile(): Fd {
    return this.keep(this.ram.file());
  }

  /** Features of both kinds, in the order of real front-ends: protocol features, owner, features. */
  async negotiate(options: Negotiation = {}): Promise<Step<void>> {
    const { talk, facts } = this;
    const protocol = facts.protocolOffered & (PROTOCOL | (options.protocol ?? 0n)) & ~(options.without ?? 0n);
    if (facts.protocolOffered !== 0n) talk.send('SET_PROTOCOL_FEATURES', protocol);
    talk.acknowledges = hasProtocol(protocol, 'REPLY_ACK');
    talk.send('SET_OWNER', null);
    this.#features = facts.virtioOffered & (FEATURES | (options.virtio ?? 0n)) & ~(options.without ?? 0n);
    return talk.must('SET_FEATURES', this.#features);
  }

  async shareMemory(): Promise<Step<void>> {
    return this.talk.must('SET_MEM_TABLE', { regions: [WHOLE_RAM] }, [this.ramFile()]);
  }

  ring(index: number): DriverRing {
    const known = this.#rings.get(index);
    if (known !== undefined) return known;
    const parts = { io: this.#addon.io, ram: this.ram, capture: this.capture };
    const made = new DriverRing(index, parts, { kick: this.eventfd(), call: this.eventfd() });
    this.#rings.set(index, made);
    return made;
  }

  /** Everything that a ring needs but its kick fd. */
  async setUpRing(index: number, base = 0): Promise<Step<DriverRing>> {
    const ring = this.ring(index);
    const { talk } = this;
    ring.beginAt(base);
    const done =
      (await firstFailure([
        () => talk.must('SET_VRING_NUM', { index, num: RING_SIZE }),
        () => talk.must('SET_VRING_BASE', { index, num: base }),
        () => talk.must('SET_VRING_ADDR', ring.address),
        () => talk.must('SET_VRING_CALL', { index, noFd: false }, [ring.callFd]),
      ])) ?? ok(ring);
    return done;
  }

  async giveKick(index: number): Promise<Step<void>> {
    return this.talk.must('SET_VRING_KICK', { index, noFd: false }, [this.ring(index).kickFd]);
  }

  async enable(index: number, on = true): Promise<Step<void>> {
    return this.talk.must('SET_VRING_ENABLE', { index, num: on ? 1 : 0 });
  }

  /** Set up, given its kick fd and enabled. */
  async startRing(index: number, base = 0): Promise<Step<DriverRing>> {
    return (
      (await firstFailure([
        () => this.setUpRing(index, base),
        () => this.giveKick(index),
        () => this.enable(index),
      ])) ?? ok(this.ring(index))
    );
  }

  /** Negotiated, with memory, every ring that the device needs running; → the ring that takes work. */
  async startDevice(device: DeviceModel, options: Negotiation = {}, base = 0): Promise<Step<DriverRing>> {
    const others = device.rings.filter((index) => index !== device.workRing);
    return (
      (await firstFailure([
        () => this.negotiate(options),
        () => this.shareMemory(),
        ...others.map((index) => () => this.startRing(index)),
        () => this.startRing(device.workRing, base),
      ])) ?? ok(this.ring(device.workRing))
    );
  }

  /** Gives `ring` work `count` times, kicks once, and holds every completion to what the device has to answer. */
  async work(device: DeviceModel, ring: DriverRing, count = 1): Promise<Step<void>> {
    for (let given = 0; given < count; given++) ring.add(device.request(this.#features));
    ring.kick();
    return this.finish(device, ring);
  }

  /** Waits for what was given, and judges it. */
  async finish(device: DeviceModel, ring: DriverRing): Promise<Step<void>> {
    if (!(await ring.drained()))
      return fail(
        `Ring ${ring.index} was given work up to index ${ring.availIndex} and completed up to ${ring.usedIndex}`,
      );
    const { completions, wrong } = ring.takeUsed();
    const fault =
      wrong ??
      completions.map((completion) => device.wrong(completion)).find((text) => text !== null) ??
      null;
    return fault === null ? ok(undefined) : fail(`Ring ${ring.index}: ${fault}`);
  }

  request(device: DeviceModel): readonly RingBuffer[] {
    return device.request(this.#features);
  }

  close(): void {
    this.talk.link.close();
    for (const handle of this.#handles.splice(0)) handle.close();
  }
}

/** Takes the steps in order; → the first that fails, or null. */
export async function firstFailure(
  steps: readonly (() => Promise<Step<unknown>>)[],
): Promise<Extract<Step<never>, { ok: false }> | null> {
  for (const step of steps) {
    const taken = await step();
    if (!taken.ok) return taken;
  }
  return null;
}
