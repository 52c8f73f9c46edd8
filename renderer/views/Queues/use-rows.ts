/**
 * The rows on the screen. A state that changes re-orders nothing while the operator is in the grid, by pointer
 * or by focus: the new order waits until asked for, so that no row moves away from under a finger.
 */
import { useMemo, useState } from 'react';
import { usePanelState } from '../panel-context.ts';
import { countMoved, rowsSelector, sameRows, structureOf, type Row, type Wanted } from './rows.ts';

export interface ShownRows {
  readonly rows: readonly Row[];
  /** Rows that would stand elsewhere in the order of this moment. */
  readonly moved: number;
  readonly refresh: () => void;
}

interface Held {
  readonly rows: readonly Row[];
  readonly structure: string;
}

export function useRows(wanted: Wanted, isBusy: boolean): ShownRows {
  const live = usePanelState(useMemo(() => rowsSelector(wanted), [wanted]));
  const structure = usePanelState((state) => structureOf(state, wanted));
  const [held, setHeld] = useState<Held>({ rows: live, structure });

  const refresh = (): void => setHeld({ rows: live, structure });

  const mayMove = !isBusy || held.structure !== structure;
  if (mayMove && (held.structure !== structure || !sameRows(held.rows, live))) {
    setHeld({ rows: live, structure });
    return { rows: live, moved: 0, refresh };
  }
  return { rows: held.rows, moved: isBusy ? countMoved(held.rows, live) : 0, refresh };
}
