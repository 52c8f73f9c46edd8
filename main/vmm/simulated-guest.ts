/** The guest behind a front-end: made when the features are known, kept across connections. */
import type { Addon, Fd, Guest, NativeResult } from '../addon/surface.ts';
import { err, ok, type Result } from '../base/result.ts';
import { frontendAddr, guestAddr, type GuestAddr } from '../wire/address.ts';
import type { MemRegion } from '../wire/payload/mem-region.ts';
import type { VmmConfig } from './config.ts';
import { DirtyBitmap } from './dirty-bitmap.ts';
import type { FdSource } from './request.ts';
import type { RingPlace } from './state.ts';

export interface PreparedGuest {
  readonly regions: readonly MemRegion[];
  readonly rings: readonly RingPlace[];
}

export class SimulatedGuest {
  readonly #addon: Addon;
  readonly #config: VmmConfig;
  #guest: Guest | null = null;
  readonly #dirty: DirtyBitmap;
  #features = 0n;

  constructor(addon: Addon, config: VmmConfig) {
    this.#addon = addon;
    this.#config = config;
    this.#dirty = new DirtyBitmap(addon);
  }

  get guest(): Guest | null {
    return this.#guest;
  }

  /** Fresh rings, in the guest that is there if it was made with the same features. */
  prepare(features: bigint): Result<PreparedGuest, string> {
    const { queuePairs, queueSize, freshBase } = this.#config;
    if (this.#guest !== null && this.#features === features) {
      this.#guest.reset(freshBase ?? undefined);
    } else {
      this.close();
      const made = this.#addon.createGuest({ queuePairs, queueSize, features });
      if (!made.ok) return err(`The simulated guest cannot be made: ${made.error.message}`);
      this.#guest = made.value;
      if (freshBase !== null) made.value.reset(freshBase);
      this.#features = features;
    }
    return ok(this.#describe(this.#guest));
  }

  /** A fresh handle of what a request carries; the caller owns it. Not for the back-end channel. */
  fd(source: Exclude<FdSource, { kind: 'backend-channel' }>): NativeResult<Fd> {
    if (source.kind === 'err' || source.kind === 'log-eventfd') return this.#addon.io.eventfd();
    if (source.kind === 'log') return this.#dirty.file(source.size);
    if (this.#guest === null)
      return { ok: false, error: { code: 'ENODEV', message: 'there is no guest yet' } };
    switch (source.kind) {
      case 'memory':
        return { ok: true, value: this.#guest.memory().fd };
      case 'kick':
        return this.#guest.kick(source.queue);
      case 'call':
        return this.#guest.call(source.queue);
    }
  }

  /** Guest addresses of the pages that the back-end marked since the last call, ascending. */
  takeDirty(): readonly GuestAddr[] {
    return this.#dirty.take();
  }

  dropLog(): void {
    this.#dirty.close();
  }

  close(): void {
    this.dropLog();
    this.#guest?.close();
    this.#guest = null;
  }

  #describe(guest: Guest): PreparedGuest {
    const { fd, regions } = guest.memory();
    fd.close();
    return {
      regions: regions.map(({ guestAddress, size, frontendAddress, mmapOffset }) => ({
        guestAddress: guestAddr(guestAddress),
        size,
        frontendAddress: frontendAddr(frontendAddress),
        mmapOffset,
      })),
      rings: Array.from({ length: this.#config.queuePairs * 2 }, (_, queue) => {
        const { size, desc, avail, used } = guest.ring(queue);
        return {
          size,
          desc: frontendAddr(desc),
          avail: frontendAddr(avail),
          used: frontendAddr(used),
        };
      }),
    };
  }
}
