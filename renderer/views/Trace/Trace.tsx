/**
 * The place of the trace. Messages on the wire are not recorded in this version; what the engine tells of each
 * queue is listed here, by VM or by one queue, and the screen says what it is not.
 */
import { useMemo } from 'react';
import { clockMs } from '../../format/times.ts';
import { count, plural } from '../../format/numbers.ts';
import { keyOf, refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { traceWords } from '../../words/trace.ts';
import { usePanelState } from '../panel-context.ts';
import headline from '../Queues/Headline.module.css';
import toolbar from '../Queues/Toolbar.module.css';
import { formatRoute, useRoute } from '../route.ts';
import { linesOf, type TraceLine } from './lines.ts';
import classes from './Trace.module.css';

const SIGNS = {
  note: { shape: 'dash', tone: 'mut' },
  warn: { shape: 'triangle', tone: 'warn' },
  error: { shape: 'cross', tone: 'err' },
} as const;

export default function Trace() {
  const { queue: only } = useRoute();
  const feed = usePanelState((state) => state.feed);
  const queues = usePanelState((state) => state.queues);
  const isLoading = usePanelState((state) => state.engine === null);
  const lines = useMemo(() => linesOf({ feed, queues }, only), [feed, queues, only]);
  return (
    <>
      <header className={headline.headline}>
        <h1 className={headline.sentence}>
          {isLoading ? traceWords.loading : `${traceWords.title} · ${plural(lines.length, 'event')}`}
        </h1>
      </header>
      <div className={toolbar.toolbar}>
        {only === null ? (
          <span className={classes.scope}>{traceWords.all}</span>
        ) : (
          <span className={classes.scope}>
            <b>{nameOf(only)}</b>
            <a href={formatRoute({ screen: 'trace', queue: null, tab: null })}>{traceWords.showAll}</a>
            <a href={formatRoute({ screen: 'map', queue: only, tab: null })}>{traceWords.openMap}</a>
            <a href={formatRoute({ screen: 'trace', queue: only, tab: 'overview' })}>{traceWords.details}</a>
          </span>
        )}
        <span className={toolbar.summary}>{traceWords.source}</span>
      </div>
      <p className={classes.kept}>
        <Glyph shape="broken" tone="mut" /> {traceWords.kept}
      </p>
      <div className={classes.scroller} tabIndex={0} role="group" aria-label={traceWords.title}>
        <table className={classes.table}>
          <thead>
            <tr>
              {traceWords.columns.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map((line, place) => (
              // A place of the table stays; what stands there is replaced, so that a new one pushes nothing down.
              <tr key={place}>
                <Line key={`${line.at} ${lines.length - place}`} line={line} number={lines.length - place} />
              </tr>
            ))}
          </tbody>
        </table>
        {lines.length === 0 && <p className={classes.none}>{isLoading ? '' : traceWords.none}</p>}
      </div>
    </>
  );
}

function Line({ line, number }: { line: TraceLine; number: number }) {
  const { shape, tone } = SIGNS[line.severity];
  return (
    <>
      <td className={classes.number}>{count(number)}</td>
      <td className={classes.mono}>{clockMs(line.at)}</td>
      <td>{line.session ?? 'engine'}</td>
      <td>
        {line.session !== null && line.queue !== null && (
          <a href={formatRoute({ screen: 'trace', queue: keyOf(line.session, line.queue), tab: null })}>
            q{line.queue}
          </a>
        )}
      </td>
      <td>
        <span className={classes.event}>
          <Glyph shape={shape} tone={tone} size={10} />
          {line.event}
        </span>
      </td>
      <td className={classes.info} title={line.info}>
        {line.info}
      </td>
    </>
  );
}

function nameOf(key: QueueKey): string {
  const { session, index } = refOf(key);
  return `${session} q${index}`;
}
