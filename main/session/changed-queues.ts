/** Which queues changed in what a person is told. Counters have a topic of their own and do not count. */
import type { QueueState, SessionState } from '../engine/state.ts';

const SILENT: ReadonlySet<string> = new Set<keyof QueueState>(['sample', 'proof', 'look']);

/** Field by field in place: this is asked of every queue that a message changes. */
function differs<Fields extends object>(before: Fields, after: Fields): boolean {
  for (const field in after) if (!SILENT.has(field) && before[field] !== after[field]) return true;
  return false;
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
