/** The bitmap in which the back-end marks what it wrote: shared memory, made when it is first sent. */
import type { Addon, Fd, GuestRam, NativeResult } from '../addon/surface.ts';
import type { GuestAddr } from '../wire/address.ts';
import { markedPages } from './logging.ts';

export class DirtyBitmap {
  readonly #addon: Addon;
  #shared: { readonly ram: GuestRam; readonly bytes: number } | null = null;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  /** A fresh handle of its file; the caller owns it. Marks are kept while the size stays. */
  file(size: bigint): NativeResult<Fd> {
    const bytes = Number(size);
    if (this.#shared?.bytes !== bytes) {
      const page = BigInt(this.#addon.io.pageSize());
      const made = this.#addon.createGuestRam(((size + page - 1n) / page) * page);
      if (!made.ok) return made;
      this.close();
      this.#shared = { ram: made.value, bytes };
    }
    return this.#shared.ram.file();
  }

  /** Guest addresses of the pages that were marked since the last call, ascending; their marks are gone. */
  take(): readonly GuestAddr[] {
    if (this.#shared === null) return [];
    const { ram, bytes } = this.#shared;
    return markedPages(ram.take(0, bytes));
  }

  close(): void {
    this.#shared?.ram.close();
    this.#shared = null;
  }
}
