/** Watches one queue until its guest offers something, once, and says by which way that was told. Sends nothing. */
import { useEffect, useState } from 'react';
import type { Sample } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Key } from '../../widgets/Key.tsx';
import { checkWords } from '../../words/map.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { isTyping } from '../typing.ts';
import { caughtKick } from './catch-kick.ts';
import classes from './Checks.module.css';

export function CatchKick({ id }: { id: QueueKey }) {
  const panel = usePanel();
  const last = usePanelState((state) => state.histories.get(id)?.last);
  const [from, setFrom] = useState<Sample | null>(null);
  const [found, setFound] = useState<string | null>(null);
  if (from !== null && last !== undefined) {
    const text = caughtKick(from, last);
    if (text !== null) {
      setFound(text);
      setFrom(null);
    }
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'P' || isTyping(event.target)) return;
      setFound(null);
      setFrom(panel.store.getState().histories.get(id)?.last ?? null);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [panel, id]);
  return (
    <div className={classes.catch}>
      <Button
        blocked={last === undefined ? checkWords.noCounters : null}
        onPress={() => {
          setFound(null);
          setFrom(last ?? null);
        }}
      >
        {checkWords.catchKick} <Key>P</Key>
      </Button>
      <p role="status">{from === null ? (found ?? '') : checkWords.catchWaits}</p>
    </div>
  );
}
