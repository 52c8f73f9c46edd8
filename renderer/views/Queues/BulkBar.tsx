/** Docked under the grid while queues are selected: choose, see what will change, read what became of it. */
import { useEffect, useState } from 'react';
import type { Desired } from '../../../app/contract/words.ts';
import { isRunning, tallyOf, undoOf } from '../../store/change-course.ts';
import type { Change } from '../../store/change.ts';
import { previewOf } from '../../store/consequences.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Key } from '../../widgets/Key.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { changeWords } from '../../words/change.ts';
import { queueWords } from '../../words/queues.ts';
import { useProposals } from '../Change/propose.ts';
import { tallyText } from '../Change/tally-text.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { isTyping } from '../typing.ts';
import { useBlocked } from '../use-blocked.ts';
import classes from './BulkBar.module.css';

interface BulkBarProps {
  readonly selection: ReadonlySet<QueueKey>;
  readonly onClear: () => void;
}

const CHOICES = [
  { desired: 'software', shape: 'ring' },
  { desired: 'accelerated', shape: 'diamond-filled' },
] as const;

export function BulkBar({ selection, onClear }: BulkBarProps) {
  const blocked = useBlocked();
  const { preview: show } = useProposals();
  const [desired, setDesired] = useState<Desired>('accelerated');
  const queues = usePanelState((state) => state.queues);
  const sessions = usePanelState((state) => state.sessions);
  const accelerators = usePanelState((state) => state.accelerators);
  const last = usePanelState((state) => state.change);
  const keys = [...selection];
  const preview = previewOf({ queues, sessions, accelerators }, { keys, desired, accelerator: null });
  const own =
    last !== null && last.targets.size > 1 && keys.every((key) => last.targets.has(key)) ? last : null;
  const cannot = blocked ?? (preview.change.length === 0 ? queueWords.nothingToChange : null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'Enter' || !event.ctrlKey || isTyping(event.target) || cannot !== null) return;
      event.preventDefault();
      show({ keys: [...selection], desired, accelerator: null });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [show, selection, desired, cannot]);

  return (
    <section className={classes.bar} aria-label={queueWords.selectedQueues}>
      <span className={classes.selected}>{queueWords.selected(selection.size)}</span>
      <span className={classes.label}>{queueWords.setTo}</span>
      <div className={classes.choices} role="group" aria-label={queueWords.desired}>
        {CHOICES.map((choice) => (
          <button
            key={choice.desired}
            type="button"
            className={classes.choice}
            aria-pressed={desired === choice.desired}
            onClick={() => setDesired(choice.desired)}
          >
            <Glyph shape={choice.shape} tone="ink" size={10} />
            {choice.desired}
          </button>
        ))}
      </div>
      {own === null ? (
        <span className={classes.note}>
          {changeWords.sum(preview.change.length, preview.already.length, preview.blocked.size)}
        </span>
      ) : (
        <Outcome change={own} />
      )}
      <span className={classes.actions}>
        <Button look="quiet" onPress={onClear}>
          {queueWords.clear} <Key>Esc</Key>
        </Button>
        <span className={classes.preview}>
          <Button look="primary" blocked={cannot} onPress={() => show({ keys, desired, accelerator: null })}>
            {queueWords.preview(preview.change.length)} <Key>Ctrl ↵</Key>
          </Button>
        </span>
      </span>
    </section>
  );
}

function Outcome({ change }: { change: Change }) {
  const panel = usePanel();
  const blocked = useBlocked();
  const { results } = useProposals();
  const queues = usePanelState((state) => state.queues);
  const asked = usePanelState((state) => state.asked);
  const tally = tallyOf({ queues, asked }, change);
  const back = undoOf(queues, change);
  return (
    <>
      <Button look="link" onPress={results}>
        {queueWords.results}
      </Button>
      {change.reverses === null && back.size > 0 && (
        <Button
          look="link"
          blocked={blocked ?? (isRunning(tally) ? changeWords.running : null)}
          onPress={() => panel.undo()}
        >
          {changeWords.undo}
        </Button>
      )}
      <span className={classes.note} role="status">
        <Replaced text={`${change.reverses === null ? '' : `${changeWords.undo}: `}${tallyText(tally)}`} />
      </span>
    </>
  );
}
