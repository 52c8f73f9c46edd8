/** Names a queue in maps, addresses and the DOM: `session/index`. A session's name may hold slashes itself. */
import type { QueueRef } from './events.ts';

export type QueueKey = `${string}/${number}`;

export const keyOf = (session: string, index: number): QueueKey => `${session}/${index}`;

/** Of a key, or of a holder's name: the same words. */
export function refOf(key: string): QueueRef {
  const slash = key.lastIndexOf('/');
  return { session: key.slice(0, slash), index: Number(key.slice(slash + 1)) };
}

/** null for text that names no queue. */
export function parseKey(text: string): QueueKey | null {
  const match = /^(.+)\/(\d{1,5})$/.exec(text);
  return match?.[1] === undefined ? null : keyOf(match[1], Number(match[2]));
}
