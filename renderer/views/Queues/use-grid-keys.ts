/**
 * One tab stop for the whole grid: arrows move between rows and between a row's stops, Space changes the queue,
 * Enter opens its details. Focus follows a row by its name, so it survives a new order.
 */
import { useCallback, useEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import type { Row } from './rows.ts';

export interface ActiveStop {
  readonly row: string;
  readonly stop: string;
}

/** Which row and stop the Tab key reaches, and where that row stands now. */
export interface ActiveRow {
  readonly active: ActiveStop | null;
  readonly place: number;
  readonly setActive: (stop: ActiveStop) => void;
}

export interface GridKeysOptions {
  readonly rows: readonly Row[];
  readonly table: RefObject<HTMLElement | null>;
  readonly scrollTo: (place: number) => void;
  readonly onToggle: (key: QueueKey) => void;
  readonly onOpen: (key: QueueKey) => void;
  readonly isSelected: (key: QueueKey) => boolean;
  readonly onSelect: (key: QueueKey, toHere: boolean) => void;
}

export interface GridKeys {
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  readonly onFocus: (event: { readonly target: EventTarget }) => void;
}

const stopsOf = (row: Element): readonly HTMLElement[] => [
  ...row.querySelectorAll<HTMLElement>('[data-stop], [data-stop-of] button'),
];

const nameOfStop = (element: HTMLElement): string =>
  element.dataset['stop'] ?? element.closest<HTMLElement>('[data-stop-of]')?.dataset['stopOf'] ?? 'name';

export const PAGE_ROWS = 20;

/** Where a key leads from a place in the list; null for keys that lead nowhere. */
export function placeAfter(key: string, place: number, count: number): number | null {
  const to = (target: number): number => Math.max(0, Math.min(count - 1, target));
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return to(place + 1);
    case 'ArrowUp':
    case 'k':
      return to(place - 1);
    case 'PageDown':
      return to(place + PAGE_ROWS);
    case 'PageUp':
      return to(place - PAGE_ROWS);
    case 'Home':
      return to(0);
    case 'End':
      return to(count - 1);
    default:
      return null;
  }
}

/** The active row by its name; the first queue where there is none or it is gone. */
export function useActiveRow(rows: readonly Row[]): ActiveRow {
  const [wanted, setActive] = useState<ActiveStop | null>(null);
  const found = wanted === null ? -1 : rows.findIndex((row) => row.id === wanted.row);
  const place =
    found >= 0
      ? found
      : Math.max(
          0,
          rows.findIndex((row) => row.kind === 'queue'),
        );
  const row = rows[place];
  if (row === undefined) return { active: null, place, setActive };
  return { active: found >= 0 ? wanted : { row: row.id, stop: defaultStop(row) }, place, setActive };
}

export function useGridKeys(activeRow: ActiveRow, options: GridKeysOptions): GridKeys {
  const { active, place: activePlace, setActive } = activeRow;
  const { rows, table, scrollTo, onToggle, onOpen, isSelected, onSelect } = options;
  const wantsFocus = useRef(false);

  useEffect(() => {
    if (!wantsFocus.current || active === null) return;
    const row = table.current?.querySelector(`[data-row="${CSS.escape(active.row)}"]`);
    if (!row) return;
    wantsFocus.current = false;
    const stops = stopsOf(row);
    const target = stops.find((stop) => nameOfStop(stop) === active.stop) ?? stops[0];
    target?.focus({ preventScroll: true });
  });

  const move = useCallback(
    (place: number, stop: string): void => {
      const row = rows[place];
      if (row === undefined) return;
      wantsFocus.current = true;
      setActive({ row: row.id, stop: row.kind === 'queue' ? stop : defaultStop(row) });
      scrollTo(place);
    },
    [rows, scrollTo, setActive],
  );

  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const current = rows[activePlace];
    if (event.ctrlKey || event.metaKey || event.altKey || active === null || current === undefined) return;
    const place = placeAfter(event.key, activePlace, rows.length);
    if (place !== null) {
      event.preventDefault();
      const to = rows[place];
      if (event.shiftKey && current.kind === 'queue' && to?.kind === 'queue') {
        if (!isSelected(current.id)) onSelect(current.id, false);
        onSelect(to.id, true);
      }
      move(place, active.stop);
      return;
    }
    const row = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    const step =
      event.key === 'ArrowRight' || event.key === 'l'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'h'
          ? -1
          : 0;
    if (step !== 0 && row !== null) {
      event.preventDefault();
      const stops = stopsOf(row);
      const at = stops.findIndex((stop) => stop === document.activeElement);
      const next = stops[Math.max(0, Math.min(stops.length - 1, at + step))];
      if (next) move(activePlace, nameOfStop(next));
      return;
    }
    if (current.kind !== 'queue') return;
    const isOwnControl = active.stop === 'cancel' || active.stop === 'accelerator';
    if (event.key === ' ' && active.stop !== 'select' && !isOwnControl) {
      event.preventDefault();
      onToggle(current.id);
    } else if (event.key === 'Enter' && !isOwnControl) {
      event.preventDefault();
      onOpen(current.id);
    } else if (event.key === 'x') {
      event.preventDefault();
      onSelect(current.id, false);
    }
  };

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent): void => {
      const isNowhere = document.activeElement === document.body;
      if (!isNowhere || active === null || (event.key !== 'ArrowDown' && event.key !== 'j')) return;
      event.preventDefault();
      move(activePlace, active.stop);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [active, activePlace, move]);

  const onFocus = ({ target }: { readonly target: EventTarget }): void => {
    if (!(target instanceof HTMLElement)) return;
    const row = target.closest<HTMLElement>('[data-row]')?.dataset['row'];
    if (row === undefined) return;
    const stop = nameOfStop(target);
    if (active?.row !== row || active.stop !== stop) setActive({ row, stop });
  };

  return { onKeyDown, onFocus };
}

const defaultStop = (row: Row): string => (row.kind === 'queue' ? 'switch' : 'name');
