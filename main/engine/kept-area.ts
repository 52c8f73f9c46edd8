/**
 * rfc2018: a notify area outlives a stop of its ring. The front-end unmaps it before GET_VRING_BASE and maps it
 * again at SET_VRING_BASE, before it gives the ring's address and kick. From then on until the area is sent anew,
 * and so confirmed, or removed, the page may be rung at any moment: the engine polls ring and page.
 */
import type { Area } from './state.ts';
import type { Turn } from './turn.ts';

/** The front-end has unmapped the area and keeps it. */
export function keepArea(turn: Turn, index: number, area: Area): void {
  turn.patchQueue(index, { page: { kind: 'kept', area } });
}

/** SET_VRING_BASE, or the start of a ring without one: whatever was kept may be mapped now. */
export function restoreArea(turn: Turn, index: number): void {
  const { page } = turn.queue(index);
  if (page.kind === 'kept') turn.patchQueue(index, { page: { kind: 'restored', area: page.area } });
}
