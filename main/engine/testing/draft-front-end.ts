/**
 * A front-end that behaves as Doorbell's own does in the rfc2018 dialect: it holds a group for each queue, keeps
 * an area over a stop of its ring, and maps it again when the base is set. Everything it removes is unmapped at once.
 */
import { FakeFrontEnd, type OfferSeen } from './fake-front-end.ts';

const REFUSED = 5n;

export class DraftFrontEnd extends FakeFrontEnd {
  /** Groups by queue. */
  readonly groups = new Map<number, string>();
  /** Areas that it knows, mapped or not. */
  readonly areas = new Map<number, string>();
  /** Groups are answered so and not held; null holds them. */
  refuseGroup: bigint | null = null;
  override unmapsAtOnce = true;

  override stopRing(queue: number): void {
    this.mapped.delete(queue);
  }

  /** It sets the base of a ring that is about to start. */
  setBase(queue: number): void {
    const area = this.areas.get(queue);
    if (area !== undefined) this.mapped.set(queue, area);
  }

  /** The guest resets the device; nothing on the wire tells it from a stop. */
  reset(): void {
    for (const known of [this.mapped, this.areas, this.groups]) known.clear();
  }

  protected override carryOut({ queue, about, page }: OfferSeen): bigint {
    return about === 'group' ? this.#group(queue, page) : this.#area(queue, page);
  }

  #group(queue: number, group: string | null): bigint {
    if (group === null) this.groups.delete(queue);
    else if (this.refuseGroup !== null) return this.refuseGroup;
    else this.groups.set(queue, group);
    return 0n;
  }

  #area(queue: number, page: string | null): bigint {
    if (page === null) {
      this.mapped.delete(queue);
      this.areas.delete(queue);
      return 0n;
    }
    if (!this.pagePerVq) return REFUSED;
    this.areas.set(queue, page);
    if (this.started) this.mapped.set(queue, page);
    else this.mapped.delete(queue);
    return 0n;
  }
}
