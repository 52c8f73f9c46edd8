/** Which columns stand, kept in this browser; rows read it from here, so that all of them agree. */
import { createContext, useContext, useSyncExternalStore } from 'react';
import { COLUMNS, parseColumns, type ColumnId } from './columns.ts';

const KEY = 'doorbell.columns';
const listeners = new Set<() => void>();
let kept: { readonly text: string | null; readonly chosen: ReadonlySet<ColumnId> } | null = null;

function chosen(): ReadonlySet<ColumnId> {
  const text = localStorage.getItem(KEY);
  if (kept === null || kept.text !== text) kept = { text, chosen: parseColumns(text) };
  return kept.chosen;
}

const subscribe = (listener: () => void): (() => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useChosenColumns(): ReadonlySet<ColumnId> {
  return useSyncExternalStore(subscribe, chosen);
}

export function turnColumn(id: ColumnId): void {
  const next = new Set(chosen());
  if (!next.delete(id)) next.add(id);
  localStorage.setItem(
    KEY,
    COLUMNS.map((column) => column.id)
      .filter((one) => next.has(one))
      .join(' '),
  );
  for (const listener of listeners) listener();
}

export function resetColumns(): void {
  localStorage.removeItem(KEY);
  for (const listener of listeners) listener();
}

/** The columns of the grid that a row stands in. */
export const ColumnsContext = createContext<readonly ColumnId[]>([]);
export const useColumns = (): readonly ColumnId[] => useContext(ColumnsContext);
