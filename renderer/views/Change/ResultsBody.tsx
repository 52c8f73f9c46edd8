/** What became of each queue of the last change, those that did not come out as asked first. Never one word for all. */
import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useRef } from 'react';
import { fateOf, isRunning, tallyOf, undoOf, type Fate } from '../../store/change-course.ts';
import type { Change } from '../../store/change.ts';
import type { PanelState } from '../../store/state.ts';
import { Button } from '../../widgets/Button.tsx';
import { Key } from '../../widgets/Key.tsx';
import { changeWords } from '../../words/change.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { reasonOf } from '../Queues/reason.ts';
import { useBlocked } from '../use-blocked.ts';
import classes from './ChangeDialog.module.css';
import { ChangeTable, type ChangeLine } from './ChangeTable.tsx';
import { tallyText } from './tally-text.ts';

const ORDER: readonly Fate[] = ['refused', 'otherwise', 'unsent', 'running', 'waiting', 'asDesired'];

export function ResultsBody({ onClose }: { onClose: () => void }) {
  const panel = usePanel();
  const blocked = useBlocked();
  const change = usePanelState((state) => state.change);
  const queues = usePanelState((state) => state.queues);
  const asked = usePanelState((state) => state.asked);
  const close = useRef<HTMLButtonElement>(null);
  // The button that was pressed is gone with the preview.
  useEffect(() => close.current?.focus(), []);
  if (change === null) return null;
  const tally = tallyOf({ queues, asked }, change);
  const back = undoOf(queues, change);
  return (
    <>
      <header className={classes.head}>
        <Dialog.Title className={classes.title}>
          {change.reverses === null ? '' : `${changeWords.undo}: `}
          {tallyText(tally)}
        </Dialog.Title>
      </header>
      <progress
        className={classes.progress}
        max={change.targets.size}
        value={change.targets.size - tally.running - tally.waiting}
        aria-label={changeWords.running}
      />
      {/* Another table once all is known: while queues still change no row moves. */}
      <ChangeTable
        key={isRunning(tally) ? 'running' : 'known'}
        lines={linesOf({ queues, asked }, change, !isRunning(tally))}
        heads={changeWords.resultColumns}
      />
      <footer className={classes.foot}>
        <span className={classes.end}>
          {back.size > 0 && change.reverses === null && (
            <Button
              blocked={blocked ?? (isRunning(tally) ? changeWords.running : null)}
              onPress={() => panel.undo()}
            >
              {changeWords.undoMany(back.size)}
            </Button>
          )}
          <Button ref={close} look="primary" onPress={onClose}>
            {changeWords.close} <Key>Esc</Key>
          </Button>
        </span>
      </footer>
    </>
  );
}

/** `isKnown`: nothing changes any more, so what needs a look comes first. */
function linesOf(
  state: Pick<PanelState, 'queues' | 'asked'>,
  change: Change,
  isKnown: boolean,
): readonly ChangeLine[] {
  return [...change.targets]
    .flatMap(([key, wanted]) => {
      const queue = state.queues.get(key);
      if (queue === undefined) return [];
      const fate = fateOf(state, change, key);
      const says =
        fate === 'asDesired' || fate === 'waiting' ? '' : reasonOf(queue, state.asked.get(key)).text;
      const text = fate === 'refused' || says === '' ? says : `${changeWords.fates[fate]} · ${says}`;
      const tone = fate === 'asDesired' || fate === 'waiting' ? ('mut' as const) : ('ink' as const);
      const isBad = fate === 'refused' || fate === 'otherwise' || fate === 'unsent';
      const line = { key, queue, wanted, text: text === '' ? changeWords.fates[fate] : text };
      return [
        {
          place: isKnown ? ORDER.indexOf(fate) : 0,
          line: { ...line, tone: isBad ? ('warn' as const) : tone },
        },
      ];
    })
    .sort((a, b) => a.place - b.place)
    .map(({ line }) => line);
}
