/**
 * What a VMM does about interrupts once it holds a VFIO group. QEMU commits KVM's routes and tells KVM's VFIO
 * device of the group; the protocol code knows nothing of either and speaks to this interface only.
 */
import type { Fd } from '../addon/surface.ts';

export interface InterruptRouting {
  /** Whether groups can be registered; null while there was none to try it with. */
  readonly available: boolean | null;
  /** Why not, or what stands in the way of single groups. */
  readonly reason: string | null;
  /** Groups that are registered, by identity. */
  readonly groups: readonly string[];
}

export interface InterruptRouter {
  /** The first hold of a group; `fd` stays the caller's and open until `groupReleased`. */
  groupHeld(group: string, fd: Fd): void;
  /** Before the last hold ends. */
  groupReleased(group: string, fd: Fd): void;
  snapshot(): InterruptRouting;
}
