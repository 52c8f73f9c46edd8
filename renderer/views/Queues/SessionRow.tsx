/** A VM's own row: who it is, how its link is, and how many of its queues run as desired. */
import { memo, useMemo } from 'react';
import type { SessionRecord } from '../../../app/contract/events.ts';
import { count as group } from '../../format/numbers.ts';
import { age, span } from '../../format/times.ts';
import { engineClock } from '../../store/selectors.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { MicroBar } from '../../widgets/MicroBar.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { sessionWords } from '../../words/queues.ts';
import { usePanelState } from '../panel-context.ts';
import { useNow } from '../use-now.ts';
import classes from './GroupRows.module.css';
import { standingSelector } from './standing.ts';
import { useColumns } from './use-columns.ts';

interface SessionRowProps {
  readonly name: string;
  readonly place: number;
  readonly folded: boolean;
  readonly stop: string | null;
  readonly onFold: (name: string) => void;
}

export const SessionRow = memo(function SessionRow({ name, place, folded, stop, onFold }: SessionRowProps) {
  const columns = useColumns();
  const session = usePanelState((state) => state.sessions.find((one) => one.name === name));
  if (session === undefined) return null;
  return (
    <tr
      role="row"
      className={classes.session}
      aria-rowindex={place + 2}
      data-row={`vm ${name}`}
      data-session={name}
    >
      <th role="rowheader" aria-colspan={columns.length}>
        <div className={classes.sessionLine}>
          <button
            type="button"
            className={classes.fold}
            aria-expanded={!folded}
            aria-label={sessionWords.queuesOf(name)}
            data-stop="name"
            tabIndex={stop === null ? -1 : 0}
            onClick={() => onFold(name)}
          >
            <Icon name={folded ? 'right' : 'down'} size={14} />
          </button>
          <span className={classes.sessionName}>{name}</span>
          {session.simulated && <SimTag />}
          <LinkWord session={session} />
          <span className={classes.facts}>
            <span>{session.dialect}</span>
            <Peer session={session} />
            <span className={classes.mono}>{session.socket}</span>
            <UpTime session={session} />
            <Network session={session} />
            {session.lastError !== null && session.state !== 'connected' && (
              <span className={classes.error}>{session.lastError}</span>
            )}
          </span>
          <AsDesired name={name} session={session} />
        </div>
      </th>
    </tr>
  );
});

function LinkWord({ session }: { session: SessionRecord }) {
  if (session.state === 'connected') return null;
  return (
    <span className={classes.link}>
      <Glyph shape="broken" tone="mut" /> {session.state.toUpperCase()}
    </span>
  );
}

function Peer({ session }: { session: SessionRecord }) {
  if (session.simulated) return <span>{sessionWords.builtIn}</span>;
  if (session.peer === null)
    return session.state === 'waiting' ? (
      <span>{sessionWords.waiting}</span>
    ) : (
      <span>{sessionWords.unknown}</span>
    );
  return <span>{sessionWords.peer(session.peer.name, session.peer.pid)}</span>;
}

/** Where frames in software go, unless that is the switch. */
function Network({ session }: { session: SessionRecord }) {
  const { uplink } = session;
  if (uplink === null) return null;
  if (uplink.connected) return <span>{sessionWords.through(uplink.accelerator)}</span>;
  const words = sessionWords.notThrough(uplink.accelerator, uplink.problem);
  return uplink.problem === null ? <span>{words}</span> : <span className={classes.error}>{words}</span>;
}

function UpTime({ session }: { session: SessionRecord }) {
  const now = useNow(1_000);
  const engineNow = usePanelState((state) => engineClock(state, now));
  if (session.state === 'waiting' || session.state === 'connecting') return null;
  const ms = engineNow - session.since;
  return (
    <span>
      {session.state === 'connected'
        ? sessionWords.up(span(Math.max(1_000, ms)))
        : sessionWords.lost(age(ms))}
    </span>
  );
}

function AsDesired({ name, session }: { name: string; session: SessionRecord }) {
  const { cells, counted, asDesired } = usePanelState(useMemo(() => standingSelector(name), [name]));
  if (session.state !== 'connected' || counted === 0)
    return <span className={classes.asDesired}>{sessionWords.notCounted(session.queueCount)}</span>;
  return (
    <span className={classes.asDesired}>
      <MicroBar cells={cells} />
      <span key={`${asDesired} ${counted}`}>
        <b>{group(asDesired)}</b> {sessionWords.ofAsDesired(counted)}
      </span>
    </span>
  );
}
