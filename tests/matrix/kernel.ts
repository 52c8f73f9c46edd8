/** What the kernel says that this process holds: the judge of what is lost. Both halves of the socket run here. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

export interface Held {
  /** Mapped notify pages: one of the device for each of its queues, one of the guest for each page that it may ring. */
  readonly pages: number;
  /** Open fds of notify pages. */
  readonly pageFds: number;
  /** Open fds that stand for the groups of simulated devices. */
  readonly groupFds: number;
}

const PAGE = '/memfd:doorbell-notify';
const GROUP = '/memfd:doorbell-sim-group';

export function held(): Held {
  const targets = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      return [];
    }
  });
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n');
  return {
    pages: maps.filter((line) => line.includes(PAGE)).length,
    pageFds: targets.filter((target) => target.startsWith(PAGE)).length,
    groupFds: targets.filter((target) => target.startsWith(GROUP)).length,
  };
}

/**
 * All open fds, for the comparison of before and after. A closed worker's own two go with its object, so the
 * collector runs first.
 */
export function openFds(): number {
  globalThis.gc?.();
  return readdirSync('/proc/self/fd').length;
}
