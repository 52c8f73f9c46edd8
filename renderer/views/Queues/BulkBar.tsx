/** Docked under the grid while queues are selected: choose, see what will change, change, read what became of it. */
import { useState } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Desired } from '../../../app/contract/words.ts';
import { count as group, plural } from '../../format/numbers.ts';
import type { QueueKey } from '../../store/key.ts';
import { Button } from '../../widgets/Button.tsx';
import { Glyph } from '../../widgets/Glyph.tsx';
import { Key } from '../../widgets/Key.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useBlocked } from '../use-blocked.ts';
import { desiredOf, outcomeOf, planOf, type Targets } from './bulk.ts';
import classes from './BulkBar.module.css';

interface BulkBarProps {
  readonly selection: ReadonlySet<QueueKey>;
  readonly onClear: () => void;
}

interface Sent {
  readonly targets: Targets;
  readonly before: Targets;
}

const CHOICES = [
  { desired: 'software', shape: 'ring' },
  { desired: 'accelerated', shape: 'diamond-filled' },
] as const;

export function BulkBar({ selection, onClear }: BulkBarProps) {
  const panel = usePanel();
  const blocked = useBlocked();
  const [desired, setDesired] = useState<Desired>('accelerated');
  const [sent, setSent] = useState<Sent | null>(null);
  const queues = usePanelState((state) => state.queues);
  const plan = planOf({ queues }, selection, desired);

  const run = (targets: Targets): void => {
    setSent({ targets, before: desiredOf({ queues }, targets.keys()) });
    for (const [key, to] of targets) panel.setDesired(key, to);
  };

  return (
    <section className={classes.bar} aria-label="Selected queues">
      <span className={classes.selected}>{plural(selection.size, 'queue')} selected</span>
      <span className={classes.label}>set desired to</span>
      <div className={classes.choices} role="group" aria-label="Desired">
        {CHOICES.map((choice) => (
          <button
            key={choice.desired}
            type="button"
            className={classes.choice}
            aria-pressed={desired === choice.desired}
            onClick={() => {
              setDesired(choice.desired);
              setSent(null);
            }}
          >
            <Glyph shape={choice.shape} tone="ink" size={10} />
            {choice.desired}
          </button>
        ))}
      </div>
      {sent === null ? (
        <span className={classes.note}>
          {group(plan.change.length)} will change · {group(plan.already.length)} there already
        </span>
      ) : (
        <Outcome sent={sent} />
      )}
      <span className={classes.actions}>
        {sent !== null && (
          <Button look="quiet" blocked={blocked} onPress={() => run(changedSince(queues, sent.before))}>
            Undo
          </Button>
        )}
        <Button look="quiet" onPress={onClear}>
          Clear <Key>Esc</Key>
        </Button>
        <Button
          look="primary"
          blocked={
            blocked ?? (plan.change.length === 0 ? 'Every selected queue is wanted so already.' : null)
          }
          onPress={() => run(new Map(plan.change.map((key) => [key, desired])))}
        >
          Change {plural(plan.change.length, 'queue')}
        </Button>
      </span>
    </section>
  );
}

/** The queues that are wanted otherwise now than then, with what was wanted then. */
const changedSince = (queues: ReadonlyMap<QueueKey, QueueSnapshot>, then: Targets): Targets =>
  new Map([...then].filter(([key, desired]) => queues.get(key)?.desired !== desired));

function Outcome({ sent }: { sent: Sent }) {
  const queues = usePanelState((state) => state.queues);
  const asked = usePanelState((state) => state.asked);
  const outcome = outcomeOf({ queues, asked }, sent.targets);
  return (
    <span className={classes.note} role="status">
      {group(outcome.asDesired)} as desired
      {outcome.otherwise > 0 && ` · ${group(outcome.otherwise)} run otherwise`}
      {outcome.refused > 0 && ` · ${group(outcome.refused)} not done`}
      {outcome.toGo > 0 && ` · ${group(outcome.toGo)} to go`}
    </span>
  );
}
