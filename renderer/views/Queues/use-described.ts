/** What follows from a queue's record, for the cells that show a part of it: each renders when its part changes. */
import type { Description } from '../../../app/contract/describe.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { usePanelState } from '../panel-context.ts';

/** undefined where the queue is gone. */
export function useDescribed<T>(id: QueueKey, part: (description: Description) => T): T | undefined {
  return usePanelState((state) => {
    const queue = state.queues.get(id);
    return queue === undefined ? undefined : part(describeOnce(queue));
  });
}
