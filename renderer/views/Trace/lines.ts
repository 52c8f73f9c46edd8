/** Events of the engine and transitions of queues in one order, newest first. Pure. */
import type { FeedEntry } from '../../../app/contract/events.ts';
import { keyOf, refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import type { PanelState } from '../../store/state.ts';

export interface TraceLine {
  readonly at: number;
  readonly severity: FeedEntry['severity'];
  readonly session: string | null;
  readonly queue: number | null;
  readonly event: string;
  readonly info: string;
}

const LIMIT = 500;
/** What the feed calls a transition. */
const TRANSITION = 'transition';

/** `only`: of that queue alone. The transitions that a record keeps are few; the feed is the last 500 events. */
export function linesOf(
  state: Pick<PanelState, 'feed' | 'queues'>,
  only: QueueKey | null,
): readonly TraceLine[] {
  const transitions: TraceLine[] = [];
  const told = new Set<string>();
  for (const [key, record] of state.queues) {
    if (only !== null && key !== only) continue;
    const { session, index } = refOf(key);
    for (const { at, from, to, cause } of record.transitions) {
      transitions.push({
        at,
        severity: 'note',
        session,
        queue: index,
        event: `${from} → ${to}`,
        info: cause,
      });
      told.add(`${key} ${at}`);
    }
  }
  const events: TraceLine[] = [];
  for (const { at, severity, session, queue, code, message } of state.feed) {
    const key = session === null || queue === null ? null : keyOf(session, queue);
    if (only !== null && key !== only) continue;
    // The feed tells of transitions too: each stands here once, from the record that has its parts.
    if (code === TRANSITION && key !== null && told.has(`${key} ${at}`)) continue;
    events.push({ at, severity, session, queue, event: code, info: message });
  }
  // Within one millisecond as they happened.
  return [...transitions, ...events]
    .sort((a, b) => a.at - b.at)
    .reverse()
    .slice(0, LIMIT);
}
