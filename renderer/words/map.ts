/** What the notify map says around its lanes; what a lane itself says is made in format/notify. */
import { count, hex, perSecond, UNKNOWN } from '../format/numbers.ts';

export const mapWords = {
  show: 'Show',
  all: 'All',
  mismatches: 'Mismatches only',
  zoom: 'Zoom',
  zoomOut: 'Zoom out',
  zoomIn: 'Zoom in',
  asTable: 'Same data as a table',
  asMap: 'Back to the map',
  noQueues: 'This endpoint has no queues.',
  noMismatch: 'Every queue runs as asked.',
  vm: 'VM',
  pathsOf: (name: string): string => `Notify paths of ${name}`,
  pathsAsTable: 'Notify paths as a table',
  columns: ['Queue', 'Hop', 'Expected', 'Seen', 'Verdict'],
  firstBroken: ', first broken hop',
  firstDisagrees: (hop: string): string => `. First hop that disagrees: ${hop}`,
  gap: 'gap',
  unknown: 'unknown',
  lineStyles: 'Line styles',
  lines: {
    asked: 'asked',
    acknowledged: 'acknowledged',
    seen: 'seen in maps',
    proven: 'proven',
    served: 'software',
  },
} as const;

/** The heads of the map's columns. */
export const headWords = {
  queue: 'Queue',
  verdict: 'verdict',
  slot: 'Guest notify slot',
  slotText: (page: string | null): string =>
    `index × ${page === null ? UNKNOWN : hex(page)} · GPA ${UNKNOWN}`,
  mapping: 'VMM mapping',
  mappingText: (program: string, pid: number | null, page: string): string =>
    `${program} pid ${pid ?? UNKNOWN} · page ${page}`,
  frontEnd: 'front-end',
  file: 'fd + offset, as sent',
  fileText: (device: string): string => `by ${device}`,
  page: 'Device page',
  pageText: (id: string, kind: string): string => `${id} · ${kind}`,
  noAccelerator: 'no accelerator',
} as const;

export const checkWords = {
  title: 'Checks',
  of: (index: number): string => `Checks of q${index}`,
  list: 'Nine checks',
  statuses: { pass: 'passes', fail: 'fails', unknown: 'unknown', unused: 'not used' },
  pass: (checks: number): string => `${count(checks)} pass`,
  fail: (checks: number): string => `${count(checks)} fail`,
  interruptPath: (index: number): string => `Interrupt path, q${index}`,
  noCallFd: 'no call fd',
  device: 'device',
  engine: 'engine',
  worker: 'worker',
  callEventfd: 'call eventfd',
  vector: `vector ${UNKNOWN}`,
  guest: 'guest',
  paths: { none: 'NONE', direct: 'DIRECT', engine: 'ENGINE' },
  interruptRate: (value: number | null, field: string, isProven: boolean): string =>
    ` · ${perSecond(value)} ${field}/s · ${isProven ? 'proven' : 'not yet proven'}`,
  catchKick: 'Catch next kick',
  catchWaits: 'Waiting for the guest to offer something.',
  noCounters: 'The counters of this queue have not arrived yet.',
} as const;

export const explanationWords = {
  why: (index: number): string => `Why q${index} does not run as asked`,
  retry: 'Retry',
  keepSoftware: 'Keep software',
  remedy: 'Remedy',
  remedyText: 'remedy',
  report: 'report',
  openMap: 'Open in the notify map',
} as const;
