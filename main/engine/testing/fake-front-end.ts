/**
 * A front-end that behaves as QEMU 7.2 does with notify pages: it drops a queue's page before it asks for the
 * ring's base, unmaps later in a callback, and dies if a page of one queue is removed again before that.
 */
import type { MapsAnswer, OwnedFd } from '../ports.ts';

/** A callback usually ran after so long. */
const UNMAP_MS = 53;

export interface OfferSeen {
  readonly queue: number;
  readonly about: 'page' | 'group';
  /** What the fd that came along is; null: a removal. */
  readonly page: string | null;
}

export class FakeFrontEnd {
  /** Pages by queue. */
  readonly mapped = new Map<number, string>();
  /** Removed, not unmapped yet: page and when it will be gone. */
  readonly unmapping = new Map<number, { readonly page: string; readonly until: number }>();
  /** Offers and removals in order of arrival. */
  readonly seen: OfferSeen[] = [];
  readonly #waiting: (OfferSeen | 'config-change')[] = [];
  readonly #now: () => number;
  /** Its device has a page for each queue. */
  pagePerVq = true;
  /** Between start and stop of the device. */
  started = true;
  /** Stopped by a signal: it neither answers nor unmaps. */
  frozen = false;
  mapsReadable = true;
  /** Somebody else holds the socket: its maps never show a page. */
  isForeign = false;
  /** Unmaps within the removal, as our own does. */
  unmapsAtOnce = false;
  /** What QEMU would have said when it aborted. */
  crashed: string | null = null;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request arrived on the back-end channel. */
  receive(queue: number, page: string | null, about: OfferSeen['about'] = 'page'): void {
    this.seen.push({ queue, about, page });
    this.#waiting.push({ queue, about, page });
  }

  /** It is to read the configuration again, and to say so. */
  receiveChange(): void {
    this.#waiting.push('config-change');
  }

  /** Requests that it has not answered. */
  get unanswered(): number {
    return this.#waiting.length;
  }

  get canAnswer(): boolean {
    return !this.frozen && this.#waiting.length > 0;
  }

  /** Takes the oldest request; null when there is none or it cannot run. */
  answer(): bigint | null {
    if (this.frozen) return null;
    const request = this.#waiting.shift();
    if (request === undefined) return null;
    return request === 'config-change' ? 0n : this.carryOut(request);
  }

  protected carryOut(request: OfferSeen): bigint {
    this.#remove(request.queue);
    if (!this.started) return 1n;
    if (request.page === null) return 0n;
    if (!this.pagePerVq) return 1n;
    this.mapped.set(request.queue, request.page);
    return 0n;
  }

  /** What it does before it sends GET_VRING_BASE. */
  stopRing(queue: number): void {
    this.#remove(queue);
  }

  /** It drops the page of a queue and tells nobody. */
  forget(queue: number): void {
    this.mapped.delete(queue);
  }

  /** What its maps say now. */
  look(fd: OwnedFd): MapsAnswer {
    if (!this.mapsReadable) return { kind: 'denied', reason: 'EACCES' };
    if (this.isForeign) return { kind: 'unmapped' };
    this.#unmapDue();
    const key = fd.identity().key;
    const pages = [...this.mapped.values(), ...[...this.unmapping.values()].map((entry) => entry.page)];
    return pages.some((page) => page === key) ? { kind: 'mapped', address: 0x7f00n } : { kind: 'unmapped' };
  }

  #unmapDue(): void {
    if (this.frozen) return;
    for (const [queue, { until }] of this.unmapping) if (until <= this.#now()) this.unmapping.delete(queue);
  }

  #remove(queue: number): void {
    this.#unmapDue();
    const page = this.mapped.get(queue);
    if (page === undefined) return;
    if (this.unmapping.has(queue)) this.crashed = `queue ${queue}: Assertion '!n->unmap_addr' failed`;
    this.unmapping.set(queue, { page, until: this.#now() + UNMAP_MS });
    this.mapped.delete(queue);
    if (this.unmapsAtOnce) this.unmapping.delete(queue);
  }
}
