/** The engine was never heard: what failed, what that means, the likely cause, what to do. */
import { useEffect, useState } from 'react';
import { Button } from '../../widgets/Button.tsx';
import { lineWords, linkWords } from '../../words/shell.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import classes from './LostNotice.module.css';

export function useSecondsUntil(at: number | null): number | null {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, []);
  return at === null ? null : Math.max(0, Math.ceil((at - now) / 1_000));
}

export function LostNotice() {
  const panel = usePanel();
  const link = usePanelState((state) => state.link);
  const seconds = useSecondsUntil(link.kind === 'lost' ? link.retryAt : null);
  if (link.kind !== 'lost') return null;
  return (
    <section className={classes.lost} role="alert" aria-labelledby="lost-title">
      <h2 id="lost-title" className={classes.title}>
        {linkWords.notReached}
      </h2>
      <dl className={classes.lines}>
        <dt>{lineWords.what}</dt>
        <dd>{link.cause}</dd>
        <dt>{lineWords.effectNow}</dt>
        <dd>{linkWords.nothingShown}</dd>
        <dt>{lineWords.next}</dt>
        {link.retryAt === null ? (
          <dd>{linkWords.openWholeLink}</dd>
        ) : (
          <dd className={classes.next}>
            {linkWords.tryingAgain(seconds ?? 0)}
            <Button onPress={panel.reconnect}>{linkWords.tryNow}</Button>
          </dd>
        )}
      </dl>
    </section>
  );
}
