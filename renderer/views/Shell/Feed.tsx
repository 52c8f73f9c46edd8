/** What happened, newest first: one line always in sight, the list on request. */
import { memo, useState } from 'react';
import type { FeedEntry } from '../../../app/contract/events.ts';
import { clockMs } from '../../format/times.ts';
import { count } from '../../format/numbers.ts';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { shellWords } from '../../words/shell.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Feed.module.css';

export function Feed() {
  const feed = usePanelState((state) => state.feed);
  const [isOpen, setOpen] = useState(false);
  const newest = feed[feed.length - 1];
  return (
    <section className={classes.feed} aria-label={shellWords.events}>
      <button type="button" className={classes.line} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon name={isOpen ? 'down' : 'right'} size={14} />
        <span className={classes.title}>{shellWords.events}</span>
        <span className={classes.count}>{count(feed.length)}</span>
        {!isOpen && newest !== undefined && <Line key={identityOf(newest)} entry={newest} />}
        {newest === undefined && <span className={classes.none}>{shellWords.noEvents}</span>}
      </button>
      {isOpen && (
        <ol className={classes.list} tabIndex={0} aria-label={shellWords.eventsNewest}>
          {feed.toReversed().map((entry, place) => (
            // A place of the list stays; what stands there is replaced, so that a new one pushes nothing down.
            <li key={place} className={classes.entry}>
              <Line key={identityOf(entry)} entry={entry} />
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

/** Another entry is another line: parts of different lengths would push each other about. */
const identityOf = ({ at, session, queue, message }: FeedEntry): string =>
  `${at} ${session ?? ''} ${queue ?? ''} ${message}`;

const SIGNS = {
  note: { shape: 'dash', tone: 'mut' },
  warn: { shape: 'triangle', tone: 'warn' },
  error: { shape: 'cross', tone: 'err' },
} as const;

const Line = memo(function Line({ entry }: { entry: FeedEntry }) {
  const { shape, tone } = SIGNS[entry.severity];
  const where = [entry.session, entry.queue === null ? null : `q${entry.queue}`].filter(
    (part) => part !== null,
  );
  return (
    <span className={classes.parts}>
      <time className={classes.time}>{clockMs(entry.at)}</time>
      <Glyph shape={shape} tone={tone} size={10} />
      <span className={classes.where}>{where.length === 0 ? 'engine' : where.join(' ')}</span>
      <span className={classes.message}>{entry.message}</span>
      <span className={classes.code}>{entry.code}</span>
    </span>
  );
});
