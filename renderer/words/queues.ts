/** What the grid of queues says beside the words of the contract. */
import { count, plural } from '../format/numbers.ts';

export const queueWords = {
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
