/** Where the panel is, in the address: a reload or a link comes back to the same screen and queue. */
import { useSyncExternalStore } from 'react';
import { parseKey, type QueueKey } from '../store/key.ts';

export const SCREENS = ['queues', 'map', 'devices'] as const;
export type Screen = (typeof SCREENS)[number];

export interface Route {
  readonly screen: Screen;
  /** The queue whose drawer is open; on the map, the lane that is chosen. */
  readonly queue: QueueKey | null;
}

/** `#/queues`, `#/queues/NAME/INDEX`, `#/map/NAME/INDEX`, `#/devices`, …; anything else is the first screen. */
export function parseRoute(hash: string): Route {
  const match = /^#\/([a-z]+)(?:\/(.+))?$/.exec(hash);
  const screen = SCREENS.find((one) => one === match?.[1]);
  if (screen === undefined) return { screen: 'queues', queue: null };
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
