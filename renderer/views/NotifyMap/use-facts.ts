/** The facts of queues as the store has them: the same objects as long as nothing they are made from changed. */
import { useMemo } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { factsOf, type NotifyFacts } from '../../format/notify/facts.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { usePanelState } from '../panel-context.ts';

/** The queues of one session, in order. */
export function useQueuesOf(name: string): readonly QueueSnapshot[] {
  const order = usePanelState((state) => state.order.get(name));
  const queues = usePanelState((state) => state.queues);
  return useMemo(
    () => (order ?? []).map((key) => queues.get(key)).filter((queue) => queue !== undefined),
    [order, queues],
  );
}

/** Null for a queue that the engine does not know. */
export function useFacts(id: QueueKey): NotifyFacts | null {
  const { session: name, index } = refOf(id);
  const session = usePanelState((state) => state.sessions.find((one) => one.name === name));
  const queues = useQueuesOf(name);
  return useMemo(
    () =>
      session === undefined
        ? null
        : (factsOf(session, queues).find(({ queue }) => queue.index === index) ?? null),
    [session, queues, index],
  );
}
