/** What a check works with: connections to the back-end, what is known of it, and the record of what was said. */
import type { Addon, Fd, Stream } from '../addon/surface.ts';
import { err, ok } from '../base/result.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { Capture } from './capture.ts';
import type { DeviceModel } from './devices/device.ts';
import type { Facts } from './facts.ts';
import { FrontEnd, type Negotiation } from './front-end.ts';
import type { DriverRing } from './driver-ring.ts';
import { Link } from './link.ts';
import { Talk } from './talk.ts';
import {
  fail,
  finding,
  messageOf,
  notApplicable,
  PASS,
  skip,
  type Finding,
  type NotApplicable,
  type Step,
  type Verdict,
} from './verdict.ts';
import { ANSWER_MS, SIGNAL_MS, stays, until } from './wait.ts';

export interface Subject {
  readonly addon: Addon;
  readonly path: string;
}

/** A back-end that ends one session may need a moment before it takes the next. */
const RETRY_MS = 20;

export class Bench {
  readonly capture = new Capture();
  readonly facts: Facts;
  readonly #subject: Subject;
  readonly #device: DeviceModel | null;
  readonly #open: { close(): void }[] = [];

  constructor(subject: Subject, facts: Facts, device: DeviceModel | null) {
    this.#subject = subject;
    this.facts = facts;
    this.#device = device;
  }

  /** Connected, and the back-end has answered once: whatever it said is not part of the record. */
  async connect(): Promise<Step<FrontEnd>> {
    const link = await connectAnswered(this.#subject, this.capture);
    if (!link.ok) return fail(`The back-end takes no connection: ${messageOf(link.error) ?? ''}`);
    this.capture.clear();
    const frontEnd = new FrontEnd({
      addon: this.#subject.addon,
      facts: this.facts,
      capture: this.capture,
      link: link.value,
    });
    this.#open.push(frontEnd);
    return ok(frontEnd);
  }

  /** Connected and negotiated. */
  async negotiated(options: Negotiation = {}): Promise<Step<FrontEnd>> {
    const frontEnd = await this.connect();
    if (!frontEnd.ok) return frontEnd;
    const negotiated = await frontEnd.value.negotiate(options);
    return negotiated.ok ? frontEnd : negotiated;
  }

  /** The device, where it is known what to ask of it. */
  device(): Step<DeviceModel> {
    return this.#device === null
      ? skip('what kind of device this is could not be told: name it with --device')
      : ok(this.#device);
  }

  /** A whole device that runs. */
  async running(
    options: Negotiation = {},
    base = 0,
  ): Promise<Step<{ readonly frontEnd: FrontEnd; readonly device: DeviceModel; readonly ring: DriverRing }>> {
    const device = this.device();
    if (!device.ok) return device;
    const frontEnd = await this.connect();
    if (!frontEnd.ok) return frontEnd;
    const ring = await frontEnd.value.startDevice(device.value, options, base);
    if (!ring.ok) return ring;
    return ok({ frontEnd: frontEnd.value, device: device.value, ring: ring.value });
  }

  /** A call may come a moment after the completion that it tells of. */
  async signalled(ring: DriverRing, fd: Fd = ring.callFd): Promise<boolean> {
    let calls = 0;
    await until(() => (calls += ring.takeCalls(fd)) > 0, SIGNAL_MS);
    this.capture.event(`ring ${ring.index}: its call fd was signalled ${calls} times`);
    return calls > 0;
  }

  /** Whether work that is given and kicked now stays where it is: the rings were reset. */
  async restsAfter(frontEnd: FrontEnd, device: DeviceModel): Promise<Verdict> {
    const ring = frontEnd.ring(device.workRing);
    const before = ring.usedIndex;
    ring.add(frontEnd.request(device));
    ring.kick();
    return (await stays(() => ring.usedIndex === before))
      ? PASS
      : finding('A request was served by a ring of a device that was reset');
  }

  /** A socket whose one end is to be sent away; closed with the front-end and with this bench. */
  socketPair(frontEnd: FrontEnd): { readonly stream: Stream; readonly fd: Fd } {
    const pair = this.#subject.addon.io.streamPair();
    if (!pair.ok) throw new Error(`This system cannot give what a check needs: ${pair.error.message}`);
    return { stream: pair.value.stream, fd: frontEnd.keep({ ok: true, value: pair.value.fd }) };
  }

  linkOf(stream: Stream): Link {
    const link = new Link(stream, this.capture);
    this.#open.push(link);
    return link;
  }

  close(): void {
    for (const one of this.#open.splice(0)) one.close();
  }
}

/**
 * A connection on which GET_FEATURES was answered, tried again for a while: one session may end before the next. Not
 * applicable where nobody listens.
 */
export async function connectAnswered({ addon, path }: Subject, capture: Capture): Promise<Step<Link>> {
  let last: Finding | NotApplicable = notApplicable('nobody listens');
  const end = performance.now() + ANSWER_MS;
  while (performance.now() < end) {
    const stream = addon.io.connect(path);
    if (!stream.ok) {
      last = notApplicable(stream.error.message);
      await delay(RETRY_MS);
      continue;
    }
    const link = new Link(stream.value, capture);
    const features = await new Talk(link).ask('GET_FEATURES', null);
    if (features.ok) return ok(link);
    link.close();
    last = features.error;
    await delay(RETRY_MS);
  }
  return err(last);
}
