/** Where the panel is, in the address: a reload or a link comes back to the same screen and queue. */
import { useSyncExternalStore } from 'react';
import { parseKey, type QueueKey } from '../store/key.ts';

export type Screen = 'queues' | 'devices';

export interface Route {
  readonly screen: Screen;
  /** The queue whose drawer is open. */
  readonly queue: QueueKey | null;
}

/** `#/queues`, `#/queues/NAME/INDEX`, `#/devices`, …; anything else is the first screen. */
export function parseRoute(hash: string): Route {
  const match = /^#\/(queues|devices)(?:\/(.+))?$/.exec(hash);
  const screen = match?.[1] === 'devices' ? 'devices' : 'queues';
  return { screen, queue: match?.[2] === undefined ? null : parseKey(decode(match[2])) };
}

export function formatRoute({ screen, queue }: Route): string {
  return queue === null ? `#/${screen}` : `#/${screen}/${encodeURI(queue)}`;
}

function decode(text: string): string {
  try {
    return decodeURI(text);
  } catch {
    return '';
  }
}

export function go(route: Route): void {
  window.location.hash = formatRoute(route);
}

const subscribe = (changed: () => void): (() => void) => {
  window.addEventListener('hashchange', changed);
  return () => window.removeEventListener('hashchange', changed);
};

export function useRoute(): Route {
  return parseRoute(useSyncExternalStore(subscribe, () => window.location.hash));
}
