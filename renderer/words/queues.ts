/** What the grid of queues says beside the words of the contract. */
import { count, plural } from '../format/numbers.ts';

export const headlineWords = {
  none: 'No queues yet',
  noneRuns: 'No queue is running',
  asDesired: (asDesired: number, counted: number): string =>
    `${count(asDesired)} of ${count(counted)} as desired`,
  fellBack: 'fell back',
  suspect: 'suspect',
  quarantine: 'in quarantine',
  changing: 'changing',
  stale: 'stale',
  waiting: (vms: number): string => (vms === 1 ? 'VM waiting' : 'VMs waiting'),
} as const;

export const filterWords = {
  placeholder: 'Filter by VM, role, state, reason',
  label: 'Filter queues',
  show: 'Show',
  chips: {
    all: 'All',
    exceptions: 'Exceptions',
    accelerated: 'Accelerated',
    software: 'Software',
    unproven: 'Not yet proven',
  },
} as const;

export const exceptionWords = {
  title: 'Exceptions',
  none: 'none: no queue runs other than asked.',
  some: (queues: number): string =>
    `${plural(queues, 'queue')} ${queues === 1 ? 'runs' : 'run'} other than asked, newest first. Listed here until as desired or acknowledged.`,
  moved: (rows: number): string => `${plural(rows, 'row')} moved · refresh order`,
  nothingToAcknowledge: 'No queue fell back without being acknowledged.',
  acknowledgeAll: 'Acknowledge all',
} as const;

export const sessionWords = {
  through: (accelerator: string): string => `in software through ${accelerator}`,
  notThrough: (accelerator: string, problem: string | null): string =>
    `not connected to ${accelerator}${problem === null ? '' : `: ${problem}`}`,
  queuesOf: (name: string): string => `queues of ${name}`,
  builtIn: 'built-in guest',
  waiting: 'waiting for a front-end',
  unknown: 'front-end unknown',
  peer: (name: string | null, pid: number): string => `${name ?? 'front-end'} pid ${pid}`,
  up: (span: string): string => `up ${span}`,
  lost: (age: string): string => `lost ${age} ago`,
  notCounted: (queues: number): string => `${plural(queues, 'queue')}, not counted`,
  ofAsDesired: (counted: number): string => `of ${count(counted)} as desired`,
} as const;

export const emptyWords = {
  what: 'An endpoint is a socket that a virtual machine connects to. Start the engine with at least one, and its queues appear here as soon as a front-end connects.',
  command: 'command',
  demo: 'To look around without a virtual machine: npm run demo',
} as const;

export const queueWords = {
  title: 'Queues',
  evidence: 'evidence',
  noMatch: 'No queue matches. Clear the filter to see all of them.',
  loading: 'Waiting for the engine’s first picture',
  select: (name: string): string => `select ${name}`,
  details: (name: string): string => `details of ${name}`,
  cancelChange: (id: string): string => `cancel the change of ${id}`,
  cancelWhy: 'Cancel: undo this change',
  measured: (before: string, after: string): string => `kicks/s ${before} to ${after}`,
  selectedQueues: 'Selected queues',
  desired: 'Desired',
  columns: 'Columns',
  columnsShown: (shown: number, all: number): string => `${count(shown)} of ${count(all)} shown`,
  columnsReset: 'Back to the default',
  columnsHidden: 'no room in this window',
  export: 'Export',
  exportQueues: 'Queues as JSON Lines',
  exportEvents: 'Events as JSON Lines',
  keys: 'Keys',
  selected: (queues: number): string => `${plural(queues, 'queue')} selected`,
  selectShown: 'select every queue that is shown',
  setTo: 'set desired to',
  preview: (queues: number): string => `Preview ${plural(queues, 'change')}…`,
  nothingToChange: 'Every selected queue is wanted so already.',
  results: 'Results…',
  clear: 'Clear',
  chooseAccelerator: 'choose an accelerator',
  acceleratorOf: (name: string): string => `accelerator of ${name}`,
  acceleratedBy: (id: string): string => `accelerated by ${id}`,
  notUsable: 'not usable',
  simulatedGroup: 'SIM: a simulated group',
  fellBackAt: (clock: string): string => `fell back ${clock}`,
  fellBackTitle: (message: string): string =>
    `It runs as desired now, but fell back since anyone acknowledged it: ${message}`,
} as const;
