/** What one lane of the notify map is made of: cells, the links between them, and where they disagree. */
import type { Description } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Check } from './checks.ts';

export type Hop = 'slot' | 'mapping' | 'sent' | 'page' | 'kick' | 'worker';

export type Verdict = 'agrees' | 'disagrees' | 'unknown' | 'unused';

/**
 * Of a cell. `void`: it was, and is no more · `unknown`: it is not known from here · `absent`: this path has
 * no such hop.
 */
export type Look =
  'plain' | 'muted' | 'software' | 'proven' | 'warn' | 'refused' | 'lost' | 'void' | 'unknown' | 'absent';

export interface Cell {
  readonly hop: Hop;
  readonly title: string;
  readonly detail: string;
  /** A rate that belongs behind the detail, where the panel has one. */
  readonly rate: 'kicks' | 'doorbells' | null;
  readonly look: Look;
  /** For the table: what should be so, what is, and whether they agree. */
  readonly expected: string;
  readonly seen: string;
  readonly verdict: Verdict;
}

export type LinkStyle =
  'none' | 'asked' | 'acknowledged' | 'seen' | 'proven' | 'software' | 'served' | 'doubted' | 'gap' | 'end';

export interface Break {
  readonly hop: Hop;
  /** The link before the hop: 0 to 2. */
  readonly link: 0 | 1 | 2;
  readonly mark: 'cross' | 'gap' | 'triangle';
}

export interface Lane {
  readonly index: number;
  readonly queue: QueueSnapshot;
  readonly description: Description;
  readonly cells: readonly [Cell, Cell, Cell, Cell];
  readonly links: readonly [LinkStyle, LinkStyle, LinkStyle];
  readonly broken: Break | null;
  /** The queue whose page this one rings instead of its own. */
  readonly crossing: number | null;
  /** What the host does for the guest, drawn as a band below the lane. */
  readonly relay: string | null;
  readonly checks: readonly Check[];
}

export type LaneParts = Pick<Lane, 'cells' | 'links' | 'broken' | 'crossing'>;

export const hopName = (hop: Hop): string => HOP_NAMES[hop];

const HOP_NAMES: Readonly<Record<Hop, string>> = {
  slot: 'guest notify slot',
  mapping: 'VMM mapping',
  sent: 'fd and offset',
  page: 'device page',
  kick: 'kick eventfd',
  worker: 'engine worker',
};
