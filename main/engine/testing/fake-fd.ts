import { ok, type Result } from '../../base/result.ts';
import type { FdIdentity, FdKind, OwnedFd, PortError } from '../ports.ts';

/** Counts what is open, so that a test can say that nothing leaked. */
export class FdLedger {
  #next = 1;
  readonly #open = new Set<FakeFd>();

  get open(): number {
    return this.#open.size;
  }

  make(kind: FdKind): FakeFd {
    const fd = new FakeFd(this, kind, `${kind}-${this.#next++}`);
    this.#open.add(fd);
    return fd;
  }

  copy(fd: FakeFd): FakeFd {
    const copy = new FakeFd(this, fd.kind, fd.key);
    this.#open.add(copy);
    return copy;
  }

  forget(fd: FakeFd): void {
    this.#open.delete(fd);
  }
}

/** An fd without a kernel behind it; `key` is equal for copies. */
export class FakeFd implements OwnedFd {
  readonly kind: FdKind;
  readonly key: string;
  readonly #ledger: FdLedger;
  #closed = false;

  constructor(ledger: FdLedger, kind: FdKind, key: string) {
    this.#ledger = ledger;
    this.kind = kind;
    this.key = key;
  }

  get closed(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#ledger.forget(this);
  }

  identity(): FdIdentity {
    return { kind: this.kind, key: this.key, size: null, seals: null };
  }

  duplicate(): Result<FakeFd, PortError> {
    return ok(this.#ledger.copy(this));
  }
}
