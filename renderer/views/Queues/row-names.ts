/** What a row is called: for people who hear it, and in the document. */
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import type { Role } from '../../../app/contract/words.ts';

/** Of the element that says what the queue is, which its switch is described by. */
export const actualId = (key: QueueKey): string => `actual-${encodeURIComponent(key)}`;

export function nameOf(id: QueueKey, role: Role): string {
  const { session, index } = refOf(id);
  return `${session} q${index} ${role}`;
}
