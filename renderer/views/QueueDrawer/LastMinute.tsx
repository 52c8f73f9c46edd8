/** Kicks against doorbells over the last minute: a chart, loaded when first needed, and the same as a table. */
import { lazy, Suspense, useMemo, useState } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { perSecond } from '../../format/numbers.ts';
import { series } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Button } from '../../widgets/Button.tsx';
import { drawerWords } from '../../words/drawer.ts';
import { usePanelState } from '../panel-context.ts';
import { bandsOf } from './bands.ts';
import classes from './LastMinute.module.css';
import { Section } from './Section.tsx';

const RatesChart = lazy(() => import('./RatesChart.tsx'));

export interface MinutePoint {
  readonly ago: number;
  readonly kicks: number | null;
  readonly doorbells: number | null;
}

export function LastMinute({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const [asTable, setAsTable] = useState(false);
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const lastAt = kept?.at(-1)?.at;
  const points = useMemo<readonly MinutePoint[]>(() => {
    const doorbells = series(kept, 'doorbells');
    return series(kept, 'kicks').map(({ ago, value }, place) => ({
      ago,
      kicks: value,
      doorbells: doorbells[place]?.value ?? null,
    }));
  }, [kept]);
  const bands = bandsOf(queue, lastAt ?? queue.since);
  return (
    <Section
      title={drawerWords.lastMinute}
      aside={
        <Button look="link" pressed={asTable} onPress={() => setAsTable(!asTable)}>
          {drawerWords.asTable}
        </Button>
      }
    >
      <div className={classes.frame}>
        {asTable ? (
          <Table points={points} />
        ) : (
          <Suspense fallback={<p className={classes.wait}>{drawerWords.loadingChart}</p>}>
            <RatesChart points={points} bands={bands} />
          </Suspense>
        )}
      </div>
    </Section>
  );
}

function Table({ points }: { points: readonly MinutePoint[] }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={drawerWords.minuteTable}>
      <table className={classes.table}>
        <thead>
          <tr>
            {drawerWords.minuteColumns.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {points.toReversed().map((point) => (
            <tr key={point.ago}>
              <th scope="row">{(-point.ago).toFixed(0)}</th>
              <td>{perSecond(point.kicks)}</td>
              <td>{perSecond(point.doorbells)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
