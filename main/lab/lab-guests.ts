/** The simulated guests of one lab: front-ends of our own, each on a real socket of the engine. */
import type { Addon, Guest, Traffic } from '../addon/surface.ts';
import { err, ok, type Result } from '../base/result.ts';
import { GroupRegistry } from '../vmm/groups.ts';
import { KvmInterruptRouter } from '../vmm/kvm-interrupt-router.ts';
import { DRIVER_FEATURES, PACKED_DRIVER_FEATURES } from '../vmm/config.ts';
import { Vmm } from '../vmm/vmm.ts';
import type { EndpointOptions } from '../engine/endpoints.ts';
import type { LabFailure } from './engine-view.ts';
import type { QueueName } from './owner-watch.ts';

export interface GuestPlace {
  /** The endpoint's name. */
  readonly session: string;
  /** Where it listens. */
  readonly socket: string;
  readonly queuePairs: number;
  /** Of its endpoint. */
  readonly dialect: EndpointOptions['dialect'];
}

/** Of every ring of every guest. */
export interface RingShape {
  readonly queueSize: number;
  readonly packed: boolean;
}

export class LabGuests {
  readonly #places: readonly GuestPlace[];
  readonly #vmms: readonly Vmm[];

  private constructor(places: readonly GuestPlace[], vmms: readonly Vmm[]) {
    this.#places = places;
    this.#vmms = vmms;
  }

  /** Connects and starts one guest per place; they send nothing yet. On failure none is left. */
  static async start(
    addon: Addon,
    places: readonly GuestPlace[],
    rings: RingShape,
  ): Promise<Result<LabGuests, LabFailure>> {
    const groups = new GroupRegistry(new KvmInterruptRouter(addon.io));
    const vmms = places.map(
      ({ session, queuePairs, dialect }) =>
        new Vmm(addon, {
          name: session,
          queuePairs,
          queueSize: rings.queueSize,
          virtioFeatures: rings.packed ? PACKED_DRIVER_FEATURES : DRIVER_FEATURES,
          dialect,
          groups,
        }),
    );
    const guests = new LabGuests(places, vmms);
    for (const [i, { session, socket }] of places.entries()) {
      const connected = await vmms[i]?.connect(socket);
      const started = connected?.ok === true ? await vmms[i]?.start() : connected;
      if (started?.ok === true) continue;
      guests.close();
      const message = `Guest of ${session}: ${started?.error.message ?? 'not made'}`;
      return err({ code: 'front-end', message });
    }
    return ok(guests);
  }

  get guests(): readonly Guest[] {
    return this.#vmms.map((vmm) => vmm.guest).filter((guest) => guest !== null);
  }

  get queues(): readonly QueueName[] {
    return this.#places.flatMap(({ session, queuePairs }) =>
      Array.from({ length: queuePairs * 2 }, (_, queue) => ({ session, queue })),
    );
  }

  /** Round trips are measured anew. */
  run(traffic: Traffic): void {
    for (const guest of this.guests) guest.run(traffic);
  }

  /** Nothing is sent any more; resolves when all came back, or what did not is counted as lost. */
  async drain(timeoutMs: number): Promise<void> {
    // One after the other: each waits on a thread of the pool, which others need too.
    for (const guest of this.guests) await guest.drain(timeoutMs);
  }

  close(): void {
    for (const vmm of this.#vmms) vmm.close();
  }
}
