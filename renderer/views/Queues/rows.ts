/**
 * Which rows the grid has, in order, each with a height known beforehand: exceptions first, then every VM with
 * its queues. Pure.
 */
import type { SessionRecord } from '../../../app/contract/events.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { breakCommand } from '../../format/command-lines.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce, isException, runsOtherwise } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';

export type Row =
  | { readonly kind: 'exceptions'; readonly id: 'exceptions'; readonly height: number }
  | {
      readonly kind: 'queue';
      readonly id: QueueKey;
      readonly height: number;
      /** In the first group, where the VM's name stands before the index. */
      readonly apart: boolean;
    }
  | { readonly kind: 'session'; readonly id: string; readonly name: string; readonly height: number }
  | {
      readonly kind: 'command';
      readonly id: string;
      readonly name: string;
      readonly lines: readonly string[];
      readonly height: number;
    }
  | { readonly kind: 'nothing'; readonly id: 'nothing'; readonly height: number };

export const CHIPS = ['all', 'exceptions', 'accelerated', 'software', 'unproven'] as const;
export type Chip = (typeof CHIPS)[number];

export interface Wanted {
  readonly text: string;
  readonly chip: Chip;
  /** Sessions whose fold the operator turned from its default. */
  readonly turned: ReadonlySet<string>;
  /** Characters of a command that fit on one line. */
  readonly columns: number;
}

export const ROW = 28;
export const HEAD = 36;
const COMMAND_LINE = 18;
const COMMAND_PAD = 20;

function matchesChip(queue: QueueSnapshot, chip: Chip): boolean {
  switch (chip) {
    case 'all':
      return true;
    case 'exceptions':
      return runsOtherwise(queue);
    case 'accelerated':
      return queue.phase === 'mapped';
    case 'software':
      return queue.phase === 'software';
    case 'unproven':
      return queue.phase === 'mapped' && !describeOnce(queue).proven;
  }
}

/** Every word must be found in the VM's name, the index, the role, the state's words or the reason. */
export function matchesText(queue: QueueSnapshot, session: string, text: string): boolean {
  if (text === '') return true;
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return true;
  const { label, group, notifyRegion } = describeOnce(queue);
  const reason = queue.reason === null ? '' : `${queue.reason.code} ${queue.reason.message}`;
  const hay = `${session} q${queue.index} ${queue.role} ${queue.desired} ${queue.phase} ${label} ${group} ${notifyRegion} ${reason}`;
  const haystack = hay.toLowerCase();
  return words.every((word) => (/^q\d+$/.test(word) ? word === `q${queue.index}` : haystack.includes(word)));
}

/** A waiting endpoint's queues are not running: folded until asked for. */
export const isFolded = (session: SessionRecord, turned: ReadonlySet<string>): boolean =>
  (session.state === 'waiting' || session.state === 'connecting') !== turned.has(session.name);

type Facts = Pick<PanelState, 'sessions' | 'order' | 'queues'>;

export function buildRows(state: Facts, wanted: Wanted): readonly Row[] {
  const narrowed = wanted.text !== '' || wanted.chip !== 'all';
  const apart: Row[] = [];
  const rest: Row[] = [];
  for (const session of state.sessions) {
    const own: Row[] = [];
    for (const key of state.order.get(session.name) ?? []) {
      const queue = state.queues.get(key);
      if (queue === undefined) continue;
      if (!matchesChip(queue, wanted.chip) || !matchesText(queue, session.name, wanted.text)) continue;
      const isApart = isException(queue);
      (isApart ? apart : own).push({ kind: 'queue', id: key, height: ROW, apart: isApart });
    }
    if (narrowed && own.length === 0) continue;
    rest.push({ kind: 'session', id: `vm ${session.name}`, name: session.name, height: HEAD });
    if (session.state !== 'connected' && !narrowed) rest.push(commandRow(session, wanted.columns));
    if (narrowed || !isFolded(session, wanted.turned)) rest.push(...own);
  }
  const newestFirst = (row: Row): number =>
    row.kind === 'queue' ? -(state.queues.get(row.id)?.reason?.at ?? 0) : 0;
  apart.sort((a, b) => newestFirst(a) - newestFirst(b));
  const rows: Row[] = [{ kind: 'exceptions', id: 'exceptions', height: HEAD }, ...apart, ...rest];
  return rows.length === 1 ? [...rows, { kind: 'nothing', id: 'nothing', height: 120 }] : rows;
}

function commandRow(session: SessionRecord, columns: number): Row {
  const lines = breakCommand(session.commandLine, columns);
  const height = COMMAND_PAD + COMMAND_LINE * Math.max(1, lines.length);
  return { kind: 'command', id: `command ${session.name}`, name: session.name, lines, height };
}

/** `buildRows` for a view that renders only when the rows are others: the same array as long as they are not. */
export function rowsSelector(wanted: Wanted): (state: Facts) => readonly Row[] {
  let last: { readonly facts: Facts; readonly rows: readonly Row[] } | null = null;
  return ({ sessions, order, queues }) => {
    const before = last?.facts;
    if (last !== null && before?.sessions === sessions && before.order === order && before.queues === queues)
      return last.rows;
    const facts = { sessions, order, queues };
    const rows = buildRows(facts, wanted);
    last = { facts, rows: last !== null && sameRows(last.rows, rows) ? last.rows : rows };
    return last.rows;
  };
}

/**
 * What the operator or a session did to the list, as text. As long as it says the same, only states moved, and
 * then no row may move under the pointer.
 */
export function structureOf(state: Facts, wanted: Wanted): string {
  const sessions = state.sessions.map(({ name, state: link, queueCount }) => `${name}:${link}:${queueCount}`);
  return [wanted.text, wanted.chip, [...wanted.turned].join(), wanted.columns, ...sessions].join('|');
}

/** How many rows stand elsewhere in the new order, or came or went. */
export function countMoved(shown: readonly Row[], wanted: readonly Row[]): number {
  const before = new Map(shown.map((row) => [row.id, row]));
  let moved = 0;
  for (const row of wanted) {
    const old = before.get(row.id);
    if (old === undefined || (old.kind === 'queue' && row.kind === 'queue' && old.apart !== row.apart))
      moved++;
  }
  const after = new Set(wanted.map((row) => row.id));
  for (const row of shown) if (!after.has(row.id) && row.kind === 'queue') moved++;
  return moved;
}

export const sameRows = (a: readonly Row[], b: readonly Row[]): boolean =>
  a.length === b.length &&
  a.every((row, place) => {
    const other = b[place];
    if (row.id !== other?.id || row.height !== other.height) return false;
    return row.kind !== 'queue' || other.kind !== 'queue' || row.apart === other.apart;
  });

export const sessionOf = (key: QueueKey): string => refOf(key).session;
