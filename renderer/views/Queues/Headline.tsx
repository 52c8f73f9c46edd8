/**
 * The home screen's sentence: always "n of m as desired" first, what is not in the same line. It is replaced
 * as a whole, so that a longer number shifts nothing.
 */
import type { ReactNode } from 'react';
import { count as group, plural } from '../../format/numbers.ts';
import { countsOf, type Counts } from '../../store/selectors.ts';
import { Glyph, type Shape, type Tone } from '../../widgets/Glyph.tsx';
import { headlineWords } from '../../words/queues.ts';
import { shellWords } from '../../words/shell.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Headline.module.css';

interface Clause {
  readonly text: string;
  readonly shape: Shape;
  readonly tone: Tone;
}

/** The sentence's parts after the first. */
export function clausesOf(counts: Counts, waiting: number): readonly Clause[] {
  const clause = (value: number, text: string, shape: Shape, tone: Tone): readonly Clause[] =>
    value === 0 ? [] : [{ text: `${group(value)} ${text}`, shape, tone }];
  return [
    ...clause(counts.fellBack, headlineWords.fellBack, 'triangle', 'warn'),
    ...clause(counts.suspect, headlineWords.suspect, 'triangle', 'warn'),
    ...clause(counts.quarantine, headlineWords.quarantine, 'cross', 'err'),
    ...clause(counts.changing, headlineWords.changing, 'stripes', 'ink'),
    ...clause(counts.stale, headlineWords.stale, 'broken', 'mut'),
    ...clause(waiting, headlineWords.waiting(waiting), 'broken', 'mut'),
  ];
}

export const firstClause = (counts: Counts): string =>
  counts.counted === 0
    ? counts.total === 0
      ? headlineWords.none
      : headlineWords.noneRuns
    : headlineWords.asDesired(counts.asDesired, counts.counted);

export function Headline({ children }: { children?: ReactNode }) {
  const counts = usePanelState((state) => countsOf(state.queues));
  const sessions = usePanelState((state) => state.sessions);
  const isLoading = usePanelState((state) => state.engine === null);
  const waiting = sessions.filter(({ state }) => state !== 'connected').length;
  const clauses = isLoading ? [] : clausesOf(counts, waiting);
  const first = isLoading ? shellWords.connecting : firstClause(counts);
  return (
    <header className={classes.headline}>
      <h1 className={classes.sentence} data-headline="">
        <span key={[first, ...clauses.map(({ text }) => text)].join()}>
          {first}
          {clauses.map(({ text, shape, tone }) => (
            <span key={text} className={`${classes.clause ?? ''} ${classes[tone] ?? ''}`}>
              <span className={classes.dot}> · </span>
              <Glyph shape={shape} tone={tone} size={14} />
              {text}
            </span>
          ))}
        </span>
      </h1>
      {children}
    </header>
  );
}

/** `3 sessions · 1 endpoint waiting · 512 queues` */
export function useSummary(): string {
  const sessions = usePanelState((state) => state.sessions);
  const connected = sessions.filter(({ state }) => state === 'connected');
  const waiting = sessions.length - connected.length;
  const queues = sessions.reduce((sum, { queueCount }) => sum + queueCount, 0);
  return [
    plural(connected.length, 'session'),
    ...(waiting > 0 ? [`${plural(waiting, 'endpoint')} waiting`] : []),
    plural(queues, 'queue'),
  ].join(' · ');
}
