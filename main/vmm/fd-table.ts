/** The fds that the state machine names by id. Each is taken out or closed exactly once. */
import type { Fd } from '../addon/surface.ts';
import { fdId, type FdId } from './ids.ts';

export class FdTable {
  readonly #fds = new Map<FdId, Fd>();
  #next = 1;

  get size(): number {
    return this.#fds.size;
  }

  /** Takes ownership. */
  add(fd: Fd): FdId {
    const id = fdId(this.#next++);
    this.#fds.set(id, fd);
    return id;
  }

  /** The fd stays owned here. */
  borrow(id: FdId): Fd | null {
    return this.#fds.get(id) ?? null;
  }

  /** Hands ownership to the caller. */
  take(id: FdId): Fd | null {
    const fd = this.#fds.get(id) ?? null;
    this.#fds.delete(id);
    return fd;
  }

  close(id: FdId): void {
    this.take(id)?.close();
  }

  closeAll(): void {
    for (const id of [...this.#fds.keys()]) this.close(id);
  }
}
