/**
 * Tells a screen reader what the headline says, at most once a second, and a lost data path at once; tells a
 * window in the background by its title.
 */
import { useEffect, useMemo, useState } from 'react';
import { count } from '../../store/selectors.ts';
import { shellWords } from '../../words/shell.ts';
import { clausesOf, firstClause } from '../Queues/Headline.tsx';
import { usePanelState } from '../panel-context.ts';
import classes from './Rail.module.css';

const QUIET_MS = 1_000;

export function Announcer() {
  const queues = usePanelState((state) => state.queues);
  const isLoading = usePanelState((state) => state.engine === null);
  const counts = useMemo(() => count(queues.values()), [queues]);
  const sentence = isLoading
    ? ''
    : [firstClause(counts), ...clausesOf(counts, 0).map(({ text }) => text)].join(', ');
  useEffect(() => {
    document.title = sentence === '' ? 'Doorbell' : `${sentence} · Doorbell`;
  }, [sentence]);
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(sentence), QUIET_MS);
    return () => clearTimeout(timer);
  }, [sentence]);
  return (
    <>
      <div className={classes.hidden} aria-live="polite">
        {said}
      </div>
      <div className={classes.hidden} aria-live="assertive">
        {counts.quarantine > 0 ? shellWords.quarantined(counts.quarantine) : ''}
      </div>
    </>
  );
}
