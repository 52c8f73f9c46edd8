import { describe, expect, it } from 'vitest';
import { columnsFor, DEFAULT_COLUMNS, parseColumns, sumOf, type ColumnId } from './columns.ts';

describe('columnsFor', () => {
  it('a window of 1440 pixels has room for all columns of the default', () => {
    expect(columnsFor(DEFAULT_COLUMNS, 1_440 - 152 - 10)).toEqual([...DEFAULT_COLUMNS]);
  });

  it('in 320 pixels the queue, what is desired and what is actual remain', () => {
    const ids = columnsFor(DEFAULT_COLUMNS, 320 - 10);
    expect(ids).toEqual(['name', 'desired', 'actual']);
    expect(sumOf(ids, 320 - 10)).toBeLessThanOrEqual(320 - 10);
  });

  it('at twice the size the reason is kept before the rates', () => {
    const ids = columnsFor(DEFAULT_COLUMNS, 720 - 48);
    expect(ids).toContain('reason');
    expect(sumOf(ids, 720 - 48)).toBeLessThanOrEqual(720 - 48);
  });

  it('what was not chosen is not shown, however wide the window', () => {
    expect(columnsFor(new Set<ColumnId>(['gap']), 3_000)).toEqual(['name', 'desired', 'actual', 'gap']);
  });
});

describe('parseColumns', () => {
  it('what cannot be read is the default', () => {
    expect(parseColumns(null)).toBe(DEFAULT_COLUMNS);
    expect(parseColumns('nonsense')).toBe(DEFAULT_COLUMNS);
    expect([...parseColumns('gap nonsense kicks')]).toEqual(['kicks', 'gap']);
  });
});
