/** Home: headline, filter, grid, and what is selected. */
import { useCallback, useEffect, useState } from 'react';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { usePanelState } from '../panel-context.ts';
import { go, useRoute } from '../route.ts';
import { isTyping } from '../typing.ts';
import { BulkBar } from './BulkBar.tsx';
import { EmptyFleet } from './EmptyFleet.tsx';
import { Grid } from './Grid.tsx';
import { Headline } from './Headline.tsx';
import { LoadingGrid } from './LoadingGrid.tsx';
import { QueueTools } from './QueueTools.tsx';
import type { Chip } from './rows.ts';
import { Toolbar } from './Toolbar.tsx';

const open = (queue: QueueKey): void => go({ screen: 'queues', queue, tab: null });

export function Queues() {
  const route = useRoute();
  const [text, setText] = useState('');
  const [chip, setChip] = useState<Chip>('all');
  const [selection, setSelection] = useState<ReadonlySet<QueueKey>>(new Set());
  const isLoading = usePanelState((state) => state.engine === null);
  const isEmpty = usePanelState((state) => state.engine !== null && state.sessions.length === 0);
  const select = useCallback((keys: readonly QueueKey[], isSelected: boolean) => {
    setSelection((old) => {
      const next = new Set(old);
      for (const key of keys) {
        if (isSelected) next.add(key);
        else next.delete(key);
      }
      return next;
    });
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && route.queue === null && !isTyping(event.target)) setSelection(new Set());
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [route.queue]);
  return (
    <>
      <Headline>
        <QueueTools />
      </Headline>
      <Toolbar text={text} chip={chip} onText={setText} onChip={setChip} />
      {isLoading ? (
        <LoadingGrid />
      ) : isEmpty ? (
        <EmptyFleet />
      ) : (
        <Grid
          text={text}
          chip={chip}
          open={route.queue}
          selection={selection}
          onOpen={open}
          onSelect={select}
        />
      )}
      {selection.size > 0 && <BulkBar selection={selection} onClear={() => setSelection(new Set())} />}
    </>
  );
}
