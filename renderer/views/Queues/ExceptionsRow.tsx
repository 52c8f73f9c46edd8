/** Head of the first group. It always stands, so that an exception moves nothing when it comes. */
import { memo } from 'react';
import { exceptionsOf } from '../../store/selectors.ts';
import { Button } from '../../widgets/Button.tsx';
import { Glyph } from '../../widgets/Glyph.tsx';
import { exceptionWords } from '../../words/queues.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import classes from './GroupRows.module.css';
import { useColumns } from './use-columns.ts';

interface ExceptionsRowProps {
  readonly place: number;
  readonly stop: string | null;
  /** Rows that would stand elsewhere, were it not that the operator is in the grid. */
  readonly moved: number;
  readonly blocked: string | null;
  readonly onRefresh: () => void;
}

export const ExceptionsRow = memo(function ExceptionsRow(props: ExceptionsRowProps) {
  const { place, stop, moved, blocked, onRefresh } = props;
  const panel = usePanel();
  const exceptions = usePanelState((state) => exceptionsOf(state.queues).exceptions);
  const fallbacks = usePanelState((state) => state.fallbacks);
  const columns = useColumns();
  const tab = stop === null ? -1 : 0;
  return (
    <tr role="row" className={classes.exceptions} aria-rowindex={place + 2} data-row="exceptions">
      <th role="rowheader" aria-colspan={columns.length}>
        <div className={classes.sessionLine}>
          <Glyph shape={exceptions > 0 ? 'triangle' : 'dash'} tone={exceptions > 0 ? 'warn' : 'mut'} />
          <span className={exceptions > 0 ? classes.exceptionsName : classes.exceptionsNone}>
            {exceptionWords.title}
          </span>
          <span className={classes.exceptionsText}>
            {exceptions === 0 ? exceptionWords.none : exceptionWords.some(exceptions)}
          </span>
          <span className={classes.exceptionsActions} data-stop-of="name">
            {moved > 0 ? (
              <Button look="link" onPress={onRefresh} tabIndex={tab}>
                {exceptionWords.moved(moved)}
              </Button>
            ) : (
              <Button
                look="quiet"
                tabIndex={tab}
                blocked={blocked ?? (fallbacks.size === 0 ? exceptionWords.nothingToAcknowledge : null)}
                onPress={() => panel.acknowledge([...fallbacks.keys()])}
              >
                {exceptionWords.acknowledgeAll}
              </Button>
            )}
          </span>
        </div>
      </th>
    </tr>
  );
});
