/** Whether what is on the screen is live, at what pace, and what is real. */
import { count, UNKNOWN } from '../../format/numbers.ts';
import { age, clock } from '../../format/times.ts';
import { Replaced } from '../../widgets/Replaced.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { linkWords, statusWords } from '../../words/shell.ts';
import { usePanelState } from '../panel-context.ts';
import { useLiveness } from '../use-blocked.ts';
import { useNow } from '../use-now.ts';
import classes from './StatusBar.module.css';

export function StatusBar() {
  const eventsPerSecond = usePanelState((state) => state.eventsPerSecond);
  const dropped = usePanelState((state) => state.dropped + state.unreadable);
  const loopDelay = usePanelState((state) => state.loopDelayMs);
  const isKnown = usePanelState((state) => state.engine !== null);
  return (
    // It scrolls where the window is narrow: reached by keyboard for that.
    <footer className={classes.bar} tabIndex={0}>
      <EngineLink />
      <span className={classes.item}>
        <Replaced text={isKnown ? count(eventsPerSecond) : UNKNOWN} className={classes.value} />{' '}
        {statusWords.pace}
      </span>
      <span className={`${classes.item ?? ''} ${dropped > 0 ? (classes.warn ?? '') : ''}`}>
        {statusWords.dropped} <b data-dropped="">{count(dropped)}</b>
      </span>
      <span className={classes.item}>
        {statusWords.loopDelay}{' '}
        <b className={classes.delay}>{loopDelay === null ? UNKNOWN : `${loopDelay.toFixed(1)} ms`}</b>
      </span>
      <Reality />
      <Clock />
    </footer>
  );
}

function EngineLink() {
  const now = useNow(1_000);
  const liveness = useLiveness();
  const heardAt = usePanelState((state) => state.frozenAt ?? state.heardAt);
  const ago = heardAt === null ? null : Math.max(0, now - heardAt);
  return (
    <span className={`${classes.item ?? ''} ${classes.engine ?? ''}`} data-link={liveness}>
      <span className={classes.dot} data-liveness={liveness} />
      <span key={`${liveness} ${ago === null ? '' : age(ago)}`}>
        {statusWords.engine} <b>{linkWords.states[liveness]}</b>
        {ago !== null && (
          <>
            {` · ${statusWords.lastEvent} `}
            <b>{age(ago)}</b>
            {ago >= 1_000 && ` ${statusWords.ago}`}
          </>
        )}
      </span>
    </span>
  );
}

function Reality() {
  const sessions = usePanelState((state) => state.sessions);
  const simulated = sessions.filter((session) => session.simulated).length;
  const waiting = sessions.filter((session) => session.state !== 'connected').length;
  const real =
    sessions.length -
    simulated -
    sessions.filter((one) => one.state !== 'connected' && !one.simulated).length;
  if (sessions.length === 0) return <span className={classes.right} />;
  return (
    <span className={classes.right}>
      {real > 0 && (
        <span>
          <b>{count(real)}</b> {statusWords.real}
        </span>
      )}
      {simulated > 0 && (
        <span>
          {count(simulated)} <SimTag />
        </span>
      )}
      {waiting > 0 && <span>{statusWords.waiting(waiting)}</span>}
    </span>
  );
}

function Clock() {
  const now = useNow(1_000);
  return (
    <span className={classes.item}>
      {statusWords.utc} <b>{clock(now)}</b>
    </span>
  );
}
