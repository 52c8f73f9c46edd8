import type { Fd, FdIdentity, NativeResult } from '../../addon/surface.ts';

/** An fd without a kernel: counts how often it was closed. */
export class FakeFd implements Fd {
  readonly #identity: FdIdentity;
  closes = 0;

  constructor(identity: Partial<FdIdentity> = {}) {
    this.#identity = { kind: 'other', key: null, size: null, seals: null, ...identity };
  }

  get closed(): boolean {
    return this.closes > 0;
  }

  close(): void {
    this.closes++;
  }

  identity(): FdIdentity {
    return this.#identity;
  }

  duplicate(): NativeResult<Fd> {
    return { ok: true, value: new FakeFd(this.#identity) };
  }
}
