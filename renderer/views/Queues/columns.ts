/**
 * The grid's columns: fixed widths, the last one takes the rest. Which of them stand is the operator's choice, or
 * what the window has room for. Pure.
 */
export const COLUMNS = [
  { id: 'select', head: '', width: 40 },
  { id: 'name', head: 'queue', width: 88 },
  { id: 'role', head: 'role', width: 36 },
  { id: 'desired', head: 'desired', width: 120 },
  { id: 'actual', head: 'actual', width: 168 },
  { id: 'group', head: 'Group', width: 168 },
  { id: 'notify', head: 'Notify region', width: 156 },
  { id: 'kicks', head: 'kicks/s', width: 68 },
  { id: 'bells', head: 'doorbells/s', width: 136 },
  { id: 'interrupts', head: 'interrupts/s', width: 88 },
  { id: 'calls', head: 'calls/s', width: 68 },
  { id: 'gap', head: 'avail − used', width: 92 },
  { id: 'generation', head: 'gen', width: 48 },
  { id: 'size', head: 'size', width: 56 },
  { id: 'progress', head: 'progress', width: 96 },
  { id: 'reason', head: 'last reason', width: 200 },
] as const;

export type ColumnId = (typeof COLUMNS)[number]['id'];

/** Without these a row says neither which queue it is nor how it runs. */
const ALWAYS: ReadonlySet<ColumnId> = new Set(['name', 'desired', 'actual']);

export const DEFAULT_COLUMNS: ReadonlySet<ColumnId> = new Set(
  COLUMNS.map(({ id }) => id).filter(
    (id) => !['interrupts', 'calls', 'gap', 'generation', 'size'].includes(id),
  ),
);

export const isOptional = (id: ColumnId): boolean => !ALWAYS.has(id);

/** What a narrow window leaves out first. The details of a queue have all of it. */
const LEAVES: readonly ColumnId[] = [
  'size',
  'generation',
  'gap',
  'calls',
  'interrupts',
  'role',
  'progress',
  'bells',
  'group',
  'notify',
  'kicks',
  'select',
  'reason',
];

/** On less than this the switch stands without its word, which its name and the badge beside it say too. */
export const WORDLESS = 400;
const SWITCH_ALONE = 52;

/** `room`: pixels that the grid has. */
export const widthOf = (id: ColumnId, room: number): number =>
  id === 'desired' && room < WORDLESS
    ? SWITCH_ALONE
    : (COLUMNS.find((column) => column.id === id)?.width ?? 0);

export const sumOf = (ids: readonly ColumnId[], room: number): number =>
  ids.reduce((sum, id) => sum + widthOf(id, room), 0);

/** The chosen columns in order, without what does not fit into `room` pixels. */
export function columnsFor(chosen: ReadonlySet<ColumnId>, room: number): readonly ColumnId[] {
  let ids = COLUMNS.map(({ id }) => id).filter((id) => chosen.has(id) || ALWAYS.has(id));
  for (const leaving of LEAVES) {
    if (sumOf(ids, room) <= room) break;
    ids = ids.filter((id) => id !== leaving);
  }
  return ids;
}

/** The tracks of a row's grid: what remains goes to the reason, or to the actual state where that is left out. */
export function tracksOf(ids: readonly ColumnId[], room: number): string {
  const wide = ids.includes('reason') ? 'reason' : 'actual';
  return ids.map((id) => (id === wide ? 'minmax(0, 1fr)' : `${widthOf(id, room)}px`)).join(' ');
}

/** What was kept in this browser; the default for anything else. */
export function parseColumns(text: string | null): ReadonlySet<ColumnId> {
  if (text === null) return DEFAULT_COLUMNS;
  const words = text.split(' ');
  const known = COLUMNS.map(({ id }) => id).filter((id) => words.includes(id));
  return known.length === 0 ? DEFAULT_COLUMNS : new Set(known);
}
