/** Named step with its elapsed time, the measured change once, or the reason. Always on the same 28 pixels. */
import { memo, useEffect } from 'react';
import { perSecond } from '../../format/numbers.ts';
import { clock, span } from '../../format/times.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { describeOnce, engineClock } from '../../store/selectors.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { queueWords } from '../../words/queues.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useNow } from '../use-now.ts';
import { reasonOf } from './reason.ts';
import classes from './Reason.module.css';

/** Elapsed time of anything shorter would only flicker. */
const SHOW_ELAPSED_MS = 300;
/** The change is measured over a full second of the new path, then shown for a while. */
const MEASURE_MS = 1_300;
const MEASURED_FOR_MS = 10_000;

interface ReasonCellProps {
  readonly id: QueueKey;
  readonly onCancel: ((key: QueueKey) => void) | null;
  readonly stop: string | null;
}

export const ReasonCell = memo(function ReasonCell({ id, onCancel, stop }: ReasonCellProps) {
  const queue = usePanelState((state) => state.queues.get(id));
  const asked = usePanelState((state) => state.asked.get(id));
  const fallback = usePanelState((state) => state.fallbacks.get(id));
  const isMeasured = usePanelState((state) => (state.measured.get(id)?.reachedAt ?? null) !== null);
  if (queue === undefined) return <td role="gridcell" />;
  const reason = reasonOf(queue, asked);
  return (
    <td
      role="gridcell"
      className={`${classes.reason ?? ''} ${classes[reason.tone] ?? ''}`}
      data-cell="reason"
    >
      <span className={classes.reasonLine}>
        <span className={classes.reasonWords}>
          <span className={classes.reasonText} title={reason.full}>
            {isMeasured ? <MeasuredChange id={id} otherwise={reason.text} /> : reason.text}
          </span>
          {fallback !== undefined && describeOnce(queue).asDesired === true && !isMeasured && (
            <span className={classes.fellBack} title={queueWords.fellBackTitle(fallback.message)}>
              <Glyph shape="triangle" tone="warn" size={8} />
              {queueWords.fellBackAt(clock(fallback.at))}
            </span>
          )}
          {reason.since !== null && <Elapsed since={reason.since} clock={reason.clock} />}
        </span>
        {queue.phase === 'arming' && onCancel !== null && (
          <button
            type="button"
            className={classes.cancel}
            data-stop="cancel"
            tabIndex={stop === 'cancel' ? 0 : -1}
            aria-label={queueWords.cancelChange(id)}
            title={queueWords.cancelWhy}
            onClick={() => onCancel(id)}
          >
            <Icon name="close" size={12} />
          </button>
        )}
      </span>
    </td>
  );
});

function Elapsed({ since, clock }: { since: number; clock: 'engine' | 'window' }) {
  const now = useNow(100);
  const engineNow = usePanelState((state) => engineClock(state, now));
  const ms = (clock === 'engine' ? engineNow : now) - since;
  return ms < SHOW_ELAPSED_MS ? null : <Replaced className={classes.elapsed} text={` · ${span(ms)}`} />;
}

function MeasuredChange({ id, otherwise }: { id: QueueKey; otherwise: string }) {
  const now = useNow(250);
  const panel = usePanel();
  const measured = usePanelState((state) => state.measured.get(id));
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const engineNow = usePanelState((state) => engineClock(state, now));
  const reachedAt = measured?.reachedAt ?? null;
  const sinceReached = reachedAt === null ? 0 : engineNow - reachedAt;
  const isOver = sinceReached > MEASURED_FOR_MS;
  useEffect(() => {
    if (isOver) panel.shown(id);
  }, [isOver, panel, id]);
  const kicks = rate(kept, 'kicks');
  if (
    measured === undefined ||
    isOver ||
    sinceReached < MEASURE_MS ||
    kicks === null ||
    measured.before.kicks === null
  )
    return otherwise;
  return (
    <span className={classes.measured} data-measured="">
      {queueWords.measured(perSecond(measured.before.kicks), perSecond(kicks))}
    </span>
  );
}
