/** The engine was never heard: what failed, what that means, the likely cause, what to do. */
import { useEffect, useState } from 'react';
import { Button } from '../../widgets/Button.tsx';
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
        The engine was not reached
      </h2>
      <dl className={classes.lines}>
        <dt>What</dt>
        <dd>{link.cause}</dd>
        <dt>Effect now</dt>
        <dd>
          Nothing is shown and nothing can be changed. Queues that run go on running: the panel only watches
          them.
        </dd>
        <dt>Next</dt>
        {link.retryAt === null ? (
          <dd>Open the whole link that doorbell serve printed: it ends in #token=…</dd>
        ) : (
          <dd className={classes.next}>
            Trying again {seconds === 0 ? 'now' : `in ${seconds ?? 0} s`}.
            <Button onPress={panel.reconnect}>Try now</Button>
          </dd>
        )}
      </dl>
    </section>
  );
}
