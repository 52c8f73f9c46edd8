/** Which queues changed in what a person is told. Counters have a topic of their own and do not count. */
import type { QueueState, SessionState } from '../engine/state.ts';

const SILENT: ReadonlySet<string> = new Set<keyof QueueState>(['sample', 'proof', 'look']);

function differs(before: QueueState, after: QueueState): boolean {
  const old = new Map(Object.entries(before));
  return Object.entries(after).some(([key, value]) => !SILENT.has(key) && old.get(key) !== value);
}

export function changedQueues(before: SessionState, after: SessionState): readonly number[] {
  if (before.queues === after.queues) return [];
  return after.queues
    .filter((queue, index) => {
      const old = before.queues[index];
      return old === undefined || (old !== queue && differs(old, queue));
    })
    .map((queue) => queue.index);
}
