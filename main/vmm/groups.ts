/**
 * VFIO groups that back-ends sent (2018 draft), counted by what they are: one hold per queue that names the
 * group, across all front-ends of this process. The first fd of a group is kept, further ones for the same
 * group are closed at once, and the last release closes it.
 */
import type { Fd } from '../addon/surface.ts';
import type { InterruptRouter, InterruptRouting } from './interrupt-router.ts';

interface Held {
  readonly fd: Fd;
  readonly holders: string[];
}

const NO_ROUTER: InterruptRouting = { available: false, reason: 'not available: no router', groups: [] };

export class GroupRegistry {
  readonly #router: InterruptRouter | null;
  readonly #held = new Map<string, Held>();

  constructor(router: InterruptRouter | null = null) {
    this.#router = router;
  }

  /** Takes the fd. `holder` is for people: `name/queue`. */
  hold(group: string, holder: string, fd: Fd): void {
    const held = this.#held.get(group);
    if (held === undefined) {
      this.#held.set(group, { fd, holders: [holder] });
      this.#router?.groupHeld(group, fd);
      return;
    }
    held.holders.push(holder);
    fd.close();
  }

  /** Gives back one hold of `holder`; the last one closes the group. */
  release(group: string, holder: string): void {
    const held = this.#held.get(group);
    const at = held?.holders.indexOf(holder) ?? -1;
    if (held === undefined || at < 0) return;
    held.holders.splice(at, 1);
    if (held.holders.length > 0) return;
    this.#held.delete(group);
    this.#router?.groupReleased(group, held.fd);
    held.fd.close();
  }

  /** What became of the interrupts of the groups held. */
  interrupts(): InterruptRouting {
    return this.#router?.snapshot() ?? NO_ROUTER;
  }

  /** Group → its holders, one entry per hold. */
  holders(): ReadonlyMap<string, readonly string[]> {
    return new Map([...this.#held].map(([group, { holders }]) => [group, [...holders]]));
  }
}
