/** What traffic does: the only cells of a row that each counters tick may redraw. */
import { memo, useMemo } from 'react';
import type { QueueCounters } from '../../../app/contract/snapshot.ts';
import { count, perSecond, UNKNOWN } from '../../format/numbers.ts';
import { age } from '../../format/times.ts';
import { rate, series } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { engineClock, progressOf } from '../../store/selectors.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { Sparkline } from '../../widgets/Sparkline.tsx';
import { usePanelState } from '../panel-context.ts';
import { useNow } from '../use-now.ts';
import classes from './Row.module.css';

/** A queue that is down has no rate, whatever was counted before. */
function useRate(id: QueueKey, field: keyof QueueCounters): number | null {
  const isDown = usePanelState((state) => state.queues.get(id)?.phase === 'down');
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const value = useMemo(() => rate(kept, field), [kept, field]);
  return isDown ? null : value;
}

export const RateCell = memo(function RateCell({ id, field }: { id: QueueKey; field: keyof QueueCounters }) {
  return (
    <td role="gridcell" className={classes.number} data-cell={field}>
      <Rate value={useRate(id, field)} />
    </td>
  );
});

export const BellsCell = memo(function BellsCell({ id }: { id: QueueKey }) {
  const value = useRate(id, 'doorbells');
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const points = useMemo(() => series(kept, 'doorbells'), [kept]);
  // One point is no line.
  const hasLine = points.filter((point) => point.value !== null).length > 2;
  return (
    <td role="gridcell">
      <span className={classes.bells}>
        <span className={classes.number} data-cell="doorbells">
          <Rate value={value} />
        </span>
        {hasLine && <Sparkline points={points} />}
      </span>
    </td>
  );
});

function Rate({ value }: { value: number | null }) {
  return (
    <Replaced text={perSecond(value)} className={value === null || value === 0 ? classes.zero : undefined} />
  );
}

/** Descriptors that were offered and not used yet. */
export const GapCell = memo(function GapCell({ id }: { id: QueueKey }) {
  const gap = usePanelState((state) => {
    const last = state.histories.get(id)?.last;
    return last === undefined || last.availIdx === null || last.usedIdx === null
      ? null
      : (last.availIdx - last.usedIdx) & 0xffff;
  });
  return (
    <td role="gridcell" className={classes.number} data-cell="gap">
      <Replaced text={count(gap)} className={gap === null || gap === 0 ? classes.zero : undefined} />
    </td>
  );
});

export const ProgressCell = memo(function ProgressCell({ id }: { id: QueueKey }) {
  const now = useNow(1_000);
  const text = usePanelState((state) => {
    const queue = state.queues.get(id);
    if (queue === undefined) return 'unknown|';
    const engineNow = engineClock(state, now);
    const progress = progressOf(queue, state.histories.get(id), engineNow);
    const since = progress.kind === 'idle' || progress.kind === 'stalled' ? progress.since : null;
    return `${progress.kind}|${since === null ? '' : age(engineNow - since)}`;
  });
  const [kind = 'unknown', since = ''] = text.split('|');
  return (
    <td role="gridcell" className={classes.progress}>
      <span key={text} className={PROGRESS_CLASS.get(kind)}>
        {kind === 'unknown' ? UNKNOWN : <Icon name={kind === 'moving' ? 'moving' : 'still'} size={12} />}
        {kind === 'unknown' ? '' : ` ${kind} ${since}`}
      </span>
    </td>
  );
});

const PROGRESS_CLASS: ReadonlyMap<string, string | undefined> = new Map([
  ['idle', classes.none],
  ['unknown', classes.none],
  ['stalled', classes.stalled],
]);
