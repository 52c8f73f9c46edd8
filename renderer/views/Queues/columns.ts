/** The grid's fixed columns; the last one takes the rest. Widths stand in Grid.module.css by the same names. */
export const COLUMNS = [
  { id: 'select', head: '' },
  { id: 'name', head: 'queue' },
  { id: 'role', head: 'role' },
  { id: 'desired', head: 'desired' },
  { id: 'actual', head: 'actual' },
  { id: 'group', head: 'Group' },
  { id: 'notify', head: 'Notify region' },
  { id: 'kicks', head: 'kicks/s' },
  { id: 'bells', head: 'doorbells/s' },
  { id: 'progress', head: 'progress' },
  { id: 'reason', head: 'last reason' },
] as const;

export const COLUMN_COUNT = COLUMNS.length;
