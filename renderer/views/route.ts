/** Where the panel is, in the address: a reload or a link comes back to the same screen and queue. */
import { useSyncExternalStore } from 'react';
import { parseKey, type QueueKey } from '../../app/contract/queue-key.ts';

export const SCREENS = ['queues', 'map', 'trace', 'devices'] as const;
export type Screen = (typeof SCREENS)[number];

/** Parts of a queue's details. */
export const TABS = ['overview', 'rings', 'notify', 'interrupt', 'history', 'json'] as const;
export type Tab = (typeof TABS)[number];

export interface Route {
  readonly screen: Screen;
  /** The queue that the screen is about: its lane on the map, its rows in the trace, its details elsewhere. */
  readonly queue: QueueKey | null;
  /** The part of its details that is open; null: the first, or on map and trace none at all. */
  readonly tab: Tab | null;
}

/** On the map and in the trace a queue is chosen without its details lying over them. */
export const hasDrawer = ({ screen, queue, tab }: Route): boolean =>
  queue !== null && (tab !== null || (screen !== 'map' && screen !== 'trace'));

/**
 * `#/queues`, `#/queues/NAME/INDEX`, `#/map/NAME/INDEX?tab=rings`, `#/devices`, …; anything else is the first
 * screen.
 */
export function parseRoute(hash: string): Route {
  const match = /^#\/([a-z]+)(?:\/(.+?))?(?:\?tab=([a-z]+))?$/.exec(hash);
  const screen = SCREENS.find((one) => one === match?.[1]);
  if (screen === undefined) return { screen: 'queues', queue: null, tab: null };
  const queue = match?.[2] === undefined ? null : parseKey(decode(match[2]));
  return { screen, queue, tab: queue === null ? null : (TABS.find((one) => one === match?.[3]) ?? null) };
}

export function formatRoute({ screen, queue, tab }: Route): string {
  if (queue === null) return `#/${screen}`;
  return `#/${screen}/${encodeURI(queue).replaceAll('?', '%3F')}${tab === null ? '' : `?tab=${tab}`}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
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
