/** Events of the engine and transitions of queues in one order, newest first. Pure. */
import type { FeedEntry } from '../../../app/contract/events.ts';
import { keyOf, refOf, type QueueKey } from '../../store/key.ts';
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

/** `only`: of that queue alone. The transitions that a record keeps are few; the feed is the last 500 events. */
export function linesOf(
  state: Pick<PanelState, 'feed' | 'queues'>,
  only: QueueKey | null,
): readonly TraceLine[] {
  const lines: TraceLine[] = [];
  for (const { at, severity, session, queue, code, message } of state.feed) {
    if (only !== null && (session === null || queue === null || keyOf(session, queue) !== only)) continue;
    lines.push({ at, severity, session, queue, event: code, info: message });
  }
  for (const [key, { transitions }] of state.queues) {
    if (only !== null && key !== only) continue;
    const { session, index } = refOf(key);
    for (const { at, from, to, cause } of transitions)
      lines.push({ at, severity: 'note', session, queue: index, event: `${from} → ${to}`, info: cause });
  }
  return lines.sort((a, b) => b.at - a.at).slice(0, LIMIT);
}
