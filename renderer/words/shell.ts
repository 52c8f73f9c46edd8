/** What the window itself says: rail, status bar, notices, keys, and what every screen says before the engine did. */
import { count, plural } from '../format/numbers.ts';

/** Screens as the rail, the palette and a screen that failed name them. */
export const screenWords = {
  queues: 'Queues',
  map: 'Notify map',
  trace: 'Trace',
  devices: 'Devices',
} as const;

export const shellWords = {
  product: 'Doorbell',
  screens: 'Screens',
  connecting: 'Connecting to the engine',
  noEndpoint: 'No endpoint is configured',
  theQueue: 'The queue',
  theme: (choice: string): string => `Theme: ${choice}`,
  readOnly: 'Read-only',
  cannotAsk: 'The engine cannot be asked right now.',
  exceptions: 'exceptions',
  close: 'Close',
  events: 'Events',
  eventsNewest: 'Events, newest first',
  noEvents: 'nothing has happened yet',
  quarantined: (queues: number): string => `${count(queues)} in quarantine: the mapping is unknown`,
  notifications: {
    off: 'Notify: off',
    on: 'Notify: on',
    denied: 'Notify: not allowed',
  },
  notificationsWhy: {
    off: 'Tell the desktop when a queue falls back while this window is hidden.',
    on: 'The desktop is told when a queue falls back while this window is hidden.',
    denied: 'This browser does not permit notifications for the panel; allow them in its settings.',
  },
  fellBack: (first: string, count: number): string =>
    count === 1 ? `${first} fell back` : `${first} and ${count - 1} more fell back`,
} as const;

export const simulationWords = {
  what: 'Simulated guest and accelerator.',
  real: 'Protocol, descriptors, mappings and state machine are real.',
} as const;

/** How the link to the engine is told of, at first, while it is down, and when it is back. */
export const linkWords = {
  states: { loading: 'connecting', live: 'connected', stale: 'silent', lost: 'lost' },
  notReached: 'The engine was not reached',
  nothingShown:
    'Nothing is shown and nothing can be changed. Queues that run go on running: the panel only watches them.',
  openWholeLink: 'Open the whole link that doorbell serve printed: it ends in #token=…',
  tryNow: 'Try now',
  tryingAgain: (seconds: number): string => `trying again ${seconds === 0 ? 'now' : `in ${seconds} s`}`,
  notLive: 'Not live.',
  reconnecting: 'Reconnecting.',
  valuesOf: (moment: string): string => `Values are those of ${moment}.`,
  earlier: 'an earlier moment',
  ago: (moment: string, age: string): string => `${moment}, ${age} ago`,
  silent: 'The engine is silent.',
  silentSince: (moment: string): string =>
    `Connected, but nothing was heard since ${moment}. Values may be old.`,
  back: 'Live again',
  backAfter: (age: string): string => `after ${age}.`,
  nothingChanged: 'No queue changed while away.',
  changed: (changes: readonly string[], more: number): string =>
    `Changed while away: ${changes.join(' · ')}${more > 0 ? ` · ${more} more` : ''}.`,
} as const;

export const statusWords = {
  engine: 'Engine',
  lastEvent: 'last event',
  ago: 'ago',
  pace: 'events/s',
  dropped: 'dropped',
  loopDelay: 'loop delay p99',
  real: 'real',
  waiting: (endpoints: number): string => `${plural(endpoints, 'endpoint')} waiting`,
  utc: 'UTC',
} as const;

/** Heads of the lines in which something that went wrong is told, in their fixed order. */
export const lineWords = {
  what: 'What',
  effectNow: 'Effect now',
  cause: 'Cause',
  proof: 'Proof',
  next: 'Next',
} as const;

export const failureWords = {
  notDrawn: (view: string): string => `${view} could not be drawn`,
  effect: 'Only this view is missing. The engine and every queue go on.',
  again: 'Draw it again',
} as const;
