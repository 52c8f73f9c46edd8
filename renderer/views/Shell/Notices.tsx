/** What holds for the whole window, above the screen: all of it simulated, not live, or changed while away. */
import { age, clock } from '../../format/times.ts';
import { refOf } from '../../store/key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
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
        <SimTag /> <b>Simulated guest and accelerator.</b> Protocol, descriptors, mappings and state machine
        are real.
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
  const cause = link.kind === 'lost' ? link.cause : 'Reconnecting.';
  const moment =
    frozenAt === null
      ? 'an earlier moment'
      : `${clock(frozenAt)}, ${age(Math.max(1_000, now - frozenAt))} ago`;
  return (
    <div className={classes.notice} role="alert">
      <span key={`${cause} ${moment}`}>
        <b>Not live.</b> {cause} Values are those of {moment}.
      </span>
      {seconds !== null && (
        <span className={classes.actions}>
          <Replaced
            className={classes.muted}
            text={`trying again ${seconds === 0 ? 'now' : `in ${seconds} s`}`}
          />
          <Button onPress={panel.reconnect}>Try now</Button>
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
        <b>The engine is silent.</b> Connected, but nothing was heard since{' '}
        {heardAt === null ? '—' : clock(heardAt)}. Values may be old.
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
        <b>Live again</b> after {age(Math.max(1_000, away.backAt - away.lostAt))}.{' '}
        {away.changes.length === 0
          ? 'No queue changed while away.'
          : `Changed while away: ${listed.join(' · ')}${more > 0 ? ` · ${more} more` : ''}.`}
      </span>
      <span className={classes.actions}>
        <Button onPress={panel.dismissAway}>Close</Button>
      </span>
    </div>
  );
}
