/** What the panel says about changes: before them, while they run, and about what became of them. */
import { count, plural } from '../format/numbers.ts';

export const changeWords = {
  title: (queues: number, desired: string): string => `Change ${plural(queues, 'queue')} to ${desired}?`,
  queues: 'Queues of this change',
  running: 'Changing',
  columns: ['queue', 'now', 'wanted', 'what happens'],
  resultColumns: ['queue', 'now', 'wanted', 'what became of it'],
  rows: {
    change: 'will change',
    retry: 'will be tried again',
    already: 'there already',
    down: 'takes effect when the guest starts the ring',
  },
  blocks: {
    migration: 'blocked: the front-end logs dirty pages for a migration and the accelerator cannot',
    'no-accelerator': 'blocked: no accelerator is usable',
    'unknown-accelerator': 'blocked: this accelerator is not usable',
  },
  fates: {
    asDesired: 'as desired',
    otherwise: 'runs otherwise',
    refused: 'not done',
    unsent: 'not sent',
    running: 'under way',
    waiting: 'to go',
  },
  siblings: (accelerator: string, names: readonly string[]): string =>
    `${accelerator} stops all of its queues as a unit: ${names.join(', ')} go to software too.`,
  wrap: (accelerator: string, inFlight: number): string =>
    `${accelerator} can only start at index 0: ${count(inFlight)} in flight drain and the ring wraps first.`,
  many: (queues: number): string => `${plural(queues, 'queue')} change, four at a time, each by itself.`,
  sum: (change: number, already: number, blocked: number): string =>
    `${count(change)} will change · ${count(already)} there already · ${count(blocked)} blocked`,
  tally: (tally: {
    readonly asDesired: number;
    readonly otherwise: number;
    readonly refused: number;
    readonly unsent: number;
    readonly toGo: number;
    readonly total: number;
  }): string =>
    [
      `${count(tally.asDesired)} of ${count(tally.total)} as desired`,
      ...(tally.otherwise > 0
        ? [`${count(tally.otherwise)} ${tally.otherwise === 1 ? 'runs' : 'run'} otherwise`]
        : []),
      ...(tally.refused > 0 ? [`${count(tally.refused)} not done`] : []),
      ...(tally.unsent > 0 ? [`${count(tally.unsent)} not sent`] : []),
      ...(tally.toGo > 0 ? [`${count(tally.toGo)} to go`] : []),
    ].join(' · '),
  stopAtFailure: 'stop at the first that does not come out as asked',
  confirm: (queues: number): string => `Change ${plural(queues, 'queue')}`,
  cancel: 'Cancel',
  close: 'Close',
  undo: 'Undo',
  undoMany: (queues: number): string => `Undo ${plural(queues, 'queue')}`,
  asked: (name: string, desired: string): string => `${name}: ${desired} asked`,
  request: (request: number): string => `request ${request}`,
  reverses: (requests: readonly number[]): string =>
    requests.length === 1
      ? `reverse of request ${requests[0] ?? ''}`
      : `reverse of ${plural(requests.length, 'request')}`,
  anew: 'armed anew, under a new generation',
  nothing: 'Nothing of this would change anything.',
} as const;
