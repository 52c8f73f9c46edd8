/**
 * For ten seconds after a change: what was asked, under which number, and the way back. It lies over the end of
 * the line of events, so it covers no row and moves nothing.
 */
import { useEffect } from 'react';
import { isRunning, tallyOf, undoOf } from '../../store/change-course.ts';
import type { Change } from '../../store/change.ts';
import { refOf } from '../../../app/contract/queue-key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Key } from '../../widgets/Key.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { changeWords } from '../../words/change.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { isTyping } from '../typing.ts';
import { useBlocked } from '../use-blocked.ts';
import { useNow } from '../use-now.ts';
import { useProposals } from './propose.ts';
import { tallyText } from './tally-text.ts';
import classes from './UndoNotice.module.css';

const SHOWN_MS = 10_000;

export function UndoNotice() {
  const panel = usePanel();
  const change = usePanelState((state) => state.change);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== 'z' || !(event.ctrlKey || event.metaKey) || isTyping(event.target)) return;
      event.preventDefault();
      panel.undo();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [panel]);
  return change === null || change.isOver ? null : <Notice key={change.id} change={change} />;
}

function Notice({ change }: { change: Change }) {
  const panel = usePanel();
  const blocked = useBlocked();
  const { results } = useProposals();
  const now = useNow(1_000);
  const queues = usePanelState((state) => state.queues);
  const asked = usePanelState((state) => state.asked);
  const tally = tallyOf({ queues, asked }, change);
  const isLate = now - change.at > SHOWN_MS && !isRunning(tally);
  useEffect(() => {
    // A change of many can be taken back until the next one.
    if (isLate && change.targets.size === 1) panel.closeChange();
  }, [isLate, panel, change]);
  if (isLate) return null;
  const back = undoOf(queues, change);
  return (
    <div className={classes.notice} role="status">
      <Replaced className={classes.text} text={textOf(change, tallyText(tally))} />
      {change.targets.size > 1 && (
        <Button look="link" onPress={results}>
          {changeWords.resultColumns[3]}
        </Button>
      )}
      {change.reverses === null && back.size > 0 && (
        <Button look="quiet" blocked={blocked} onPress={() => panel.undo()}>
          {changeWords.undo} <Key>Ctrl Z</Key>
        </Button>
      )}
    </div>
  );
}

/** `web-01 q3: accelerated asked, request 77`; of many, what became of them. */
function textOf(change: Change, tally: string): string {
  const [only] = change.targets;
  const many = change.targets.size > 1 || only === undefined;
  const { session, index } = refOf(many ? 'many/0' : only[0]);
  const request = many ? null : (change.sent.get(only[0]) ?? null);
  const isArmedAnew =
    change.reverses !== null && [...change.targets.values()].some((desired) => desired === 'accelerated');
  return [
    many ? tally : changeWords.asked(`${session} q${index}`, only[1]),
    ...(request === null ? [] : [changeWords.request(request)]),
    ...(change.reverses === null ? [] : [changeWords.reverses(change.reverses)]),
    ...(isArmedAnew ? [changeWords.anew] : []),
  ].join(', ');
}
