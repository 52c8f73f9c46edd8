/** What holds for the whole window, above the screen: all of it simulated, not live, or changed while away. */
import { UNKNOWN } from '../../format/numbers.ts';
import { age, clock } from '../../format/times.ts';
import { refOf } from '../../../app/contract/queue-key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { linkWords, shellWords, simulationWords } from '../../words/shell.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useLiveness } from '../use-blocked.ts';
import { useNow } from '../use-now.ts';
import { useSecondsUntil } from './LostNotice.tsx';
import classes from './Notices.module.css';

export function SimRibbon() {
  const isAll = usePanelState(
    (state) => state.sessions.some(({ simulated }) => simulated) && state.sessions.every(isSimulatedOrIdle),
  );
  if (!isAll) return null;
  return (
    <header className={classes.ribbon}>
      <span className={classes.ribbonText}>
        <SimTag /> <b>{simulationWords.what}</b> {simulationWords.real}
      </span>
    </header>
  );
}

const isSimulatedOrIdle = (session: { readonly simulated: boolean; readonly state: string }): boolean =>
  session.simulated || session.state !== 'connected';

/** Lies over the toolbar's row: it comes and goes without moving anything. */
export function LinkNotice() {
  const liveness = useLiveness();
  const isKnown = usePanelState((state) => state.engine !== null);
  if (!isKnown || liveness === 'live' || liveness === 'loading') return <AwayNotice />;
  return liveness === 'stale' ? <StaleNotice /> : <FrozenNotice />;
}

function FrozenNotice() {
  const panel = usePanel();
  const link = usePanelState((state) => state.link);
  const frozenAt = usePanelState((state) => state.frozenAt);
  const now = useNow(1_000);
  const seconds = useSecondsUntil(link.kind === 'lost' ? link.retryAt : null);
  const cause = link.kind === 'lost' ? link.cause : linkWords.reconnecting;
  const moment =
    frozenAt === null
      ? linkWords.earlier
      : linkWords.ago(clock(frozenAt), age(Math.max(1_000, now - frozenAt)));
  return (
    <div className={classes.notice} role="alert">
      <span key={`${cause} ${moment}`}>
        <b>{linkWords.notLive}</b> {cause} {linkWords.valuesOf(moment)}
      </span>
      {seconds !== null && (
        <span className={classes.actions}>
          <Replaced className={classes.muted} text={linkWords.tryingAgain(seconds)} />
          <Button onPress={panel.reconnect}>{linkWords.tryNow}</Button>
        </span>
      )}
    </div>
  );
}

function StaleNotice() {
  const heardAt = usePanelState((state) => state.heardAt);
  return (
    <div className={classes.notice} role="alert">
      <span>
        <b>{linkWords.silent}</b> {linkWords.silentSince(heardAt === null ? UNKNOWN : clock(heardAt))}
      </span>
    </div>
  );
}

const LISTED = 4;

function AwayNotice() {
  const panel = usePanel();
  const away = usePanelState((state) => state.away);
  if (away === null) return null;
  const listed = away.changes.slice(0, LISTED).map(({ key, was, is }) => {
    const { session, index } = refOf(key);
    return `${session} q${index}: ${was}, now ${is}`;
  });
  const more = away.changes.length - listed.length;
  return (
    <div className={classes.notice} role="status">
      <span className={classes.text}>
        <b>{linkWords.back}</b> {linkWords.backAfter(age(Math.max(1_000, away.backAt - away.lostAt)))}{' '}
        {away.changes.length === 0 ? linkWords.nothingChanged : linkWords.changed(listed, more)}
      </span>
      <span className={classes.actions}>
        <Button onPress={panel.dismissAway}>{shellWords.close}</Button>
      </span>
    </div>
  );
}
