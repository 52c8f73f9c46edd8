/** What the back-end gave for a queue is undone: its page, its area, its group. */
import type { UnmapCause } from './effects.ts';
import type { Turn } from './turn.ts';

/** Takes the page from the guest; in rfc2018 the area stays known. */
export function unmapArea(turn: Turn, index: number, cause: UnmapCause): void {
  const area = turn.state.queues[index]?.area ?? null;
  if (area === null || !area.mapped) return;
  turn.do({ kind: 'unmap', queue: index, cause });
  turn.announce({ kind: 'notify-unmapped', queue: index, cause });
  turn.setQueue(index, { area: area.fd === null ? null : { ...area, mapped: false } });
}

/** Undoes what the back-end gave for this queue, in reverse: the page, the area, then the group. */
export function forgetQueue(turn: Turn, index: number, cause: UnmapCause): void {
  dropArea(turn, index, cause);
  releaseGroup(turn, index);
  turn.setQueue(index, { group: null });
}

/** The area is not known any more. */
export function dropArea(turn: Turn, index: number, cause: UnmapCause): void {
  unmapArea(turn, index, cause);
  const fd = turn.state.queues[index]?.area?.fd ?? null;
  if (fd !== null) turn.do({ kind: 'close-fd', fd });
  turn.setQueue(index, { area: null });
}

export function releaseGroup(turn: Turn, index: number): void {
  const group = turn.state.queues[index]?.group ?? null;
  if (group === null) return;
  turn.do({ kind: 'release-group', queue: index, group });
  turn.announce({ kind: 'group-released', queue: index, group });
}
