/**
 * Tells a screen reader what the headline says, at most once a second, and a lost data path at once; tells a
 * window in the background by its title.
 */
import { useEffect, useState } from 'react';
import { countsOf } from '../../store/selectors.ts';
import type { PanelState } from '../../store/state.ts';
import { shellWords } from '../../words/shell.ts';
import { clausesOf, firstClause } from '../Queues/Headline.tsx';
import { usePanelState } from '../panel-context.ts';
import classes from './Rail.module.css';

const QUIET_MS = 1_000;

function sentenceOf({ engine, queues }: PanelState): string {
  if (engine === null) return '';
  const counts = countsOf(queues);
  return [firstClause(counts), ...clausesOf(counts, 0).map(({ text }) => text)].join(', ');
}

export function Announcer() {
  const sentence = usePanelState(sentenceOf);
  const quarantined = usePanelState((state) => countsOf(state.queues).quarantine);
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
        {quarantined > 0 ? shellWords.quarantined(quarantined) : ''}
      </div>
    </>
  );
}
