/** The grid's shape before its first values: same sizes, so nothing shifts when they come. */
import { usePanelState } from '../panel-context.ts';
import { LostNotice } from '../Shell/LostNotice.tsx';
import { queueWords } from '../../words/queues.ts';
import classes from './LoadingGrid.module.css';

const ROWS = [0, 1, 2, 3, 4, 5, 6, 7];

export function LoadingGrid() {
  const isLost = usePanelState((state) => state.link.kind === 'lost');
  if (isLost) return <LostNotice />;
  return (
    <div className={classes.loading} role="status" aria-label={queueWords.loading}>
      {ROWS.map((row) => (
        <div key={row} className={classes.row} />
      ))}
    </div>
  );
}
