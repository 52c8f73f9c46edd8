/** What would happen, row by row, with what it does to others in numbers. */
import { Dialog } from '@base-ui/react/dialog';
import { useState } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { previewOf, type Consequence, type Preview, type Wish } from '../../store/consequences.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { Button } from '../../widgets/Button.tsx';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Key } from '../../widgets/Key.tsx';
import { changeWords } from '../../words/change.ts';
import { usePanelState } from '../panel-context.ts';
import { useBlocked } from '../use-blocked.ts';
import classes from './ChangeDialog.module.css';
import { ChangeTable, type ChangeLine } from './ChangeTable.tsx';

interface PreviewBodyProps {
  readonly wish: Wish;
  readonly onConfirm: (keys: readonly QueueKey[], stopAtFailure: boolean) => void;
  readonly onClose: () => void;
}

export function PreviewBody({ wish, onConfirm, onClose }: PreviewBodyProps) {
  const blocked = useBlocked();
  const [stopAtFailure, setStop] = useState(false);
  const queues = usePanelState((state) => state.queues);
  const sessions = usePanelState((state) => state.sessions);
  const accelerators = usePanelState((state) => state.accelerators);
  const preview = previewOf({ queues, sessions, accelerators }, wish);
  const { change, already } = preview;
  const lines = wish.keys.flatMap((key): readonly ChangeLine[] => {
    const queue = queues.get(key);
    return queue === undefined
      ? []
      : [{ key, queue, wanted: wish.desired, ...whatHappens(key, queue, preview) }];
  });
  return (
    <>
      <header className={classes.head}>
        <Dialog.Title className={classes.title}>
          {changeWords.title(change.length, wish.desired)}
        </Dialog.Title>
        <Dialog.Description className={classes.sum}>
          {changeWords.sum(change.length, already.length, preview.blocked.size)}
        </Dialog.Description>
      </header>
      {preview.consequences.length > 0 && (
        <ul className={classes.consequences}>
          {preview.consequences.map((one) => (
            <li key={`${one.kind} ${'accelerator' in one ? one.accelerator : ''}`}>
              <Glyph
                shape={one.kind === 'many' ? 'dash' : 'triangle'}
                tone={one.kind === 'many' ? 'mut' : 'warn'}
              />
              {consequenceWords(one)}
            </li>
          ))}
        </ul>
      )}
      <ChangeTable lines={lines} heads={changeWords.columns} />
      <footer className={classes.foot}>
        {change.length > 1 && (
          <label className={classes.option}>
            <input
              type="checkbox"
              checked={stopAtFailure}
              onChange={(event) => setStop(event.target.checked)}
            />
            {changeWords.stopAtFailure}
          </label>
        )}
        <span className={classes.end}>
          <Button look="quiet" onPress={onClose}>
            {changeWords.cancel} <Key>Esc</Key>
          </Button>
          <Button
            look="primary"
            blocked={blocked ?? (change.length === 0 ? changeWords.nothing : null)}
            onPress={() => onConfirm(change, stopAtFailure)}
          >
            {changeWords.confirm(change.length)} <Key>↵</Key>
          </Button>
        </span>
      </footer>
    </>
  );
}

function whatHappens(
  key: QueueKey,
  queue: QueueSnapshot,
  preview: Preview,
): Pick<ChangeLine, 'text' | 'tone'> {
  const { rows, blocks } = changeWords;
  const block = preview.blocked.get(key);
  if (block !== undefined) return { text: blocks[block], tone: 'warn' };
  if (!preview.change.includes(key)) return { text: rows.already, tone: 'mut' };
  if (queue.phase === 'down') return { text: `${rows.change}, ${rows.down}`, tone: 'ink' };
  return { text: describeOnce(queue).word === 'FELL BACK' ? rows.retry : rows.change, tone: 'ink' };
}

function consequenceWords(one: Consequence): string {
  switch (one.kind) {
    case 'siblings':
      return changeWords.siblings(one.accelerator, one.siblings);
    case 'wrap':
      return changeWords.wrap(one.accelerator, one.inFlight);
    case 'many':
      return changeWords.many(one.queues);
  }
}
