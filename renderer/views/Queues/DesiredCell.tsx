/** What is desired: a switch, and beside it a menu of accelerators where there is more than one to choose. */
import { lazy, Suspense, useRef, useState } from 'react';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { otherThan, Switch } from '../../widgets/Switch.tsx';
import { queueWords } from '../../words/queues.ts';
import { useProposals } from '../Change/propose.ts';
import { usePanelState } from '../panel-context.ts';
import { actualId } from './row-names.ts';
import classes from './Row.module.css';

const AcceleratorMenu = lazy(() => import('./AcceleratorMenu.tsx'));

interface DesiredCellProps {
  readonly id: QueueKey;
  /** Of the queue, for whoever hears it. */
  readonly name: string;
  readonly stop: string | null;
  readonly blocked: string | null;
}

export function DesiredCell({ id, name, stop, blocked }: DesiredCellProps) {
  const { propose } = useProposals();
  const desired = usePanelState((state) => state.queues.get(id)?.desired);
  const byName = usePanelState((state) => state.queues.get(id)?.desiredAccelerator);
  const asked = usePanelState((state) => state.asked.get(id));
  const hasChoice = usePanelState((state) => state.accelerators.filter(({ usable }) => usable).length > 1);
  return (
    <td role="gridcell">
      <span className={classes.desired}>
        {/* Marks the switch as a stop of the row without the widget knowing about rows. */}
        <span className={classes.stop} data-stop-of="switch">
          <Switch
            checked={desired === 'accelerated'}
            pending={asked !== undefined && asked.error === null}
            label={`${name} accelerated`}
            describedBy={actualId(id)}
            blocked={blocked}
            tabIndex={stop === 'switch' ? 0 : -1}
            onToggle={() => {
              if (desired !== undefined)
                propose({ keys: [id], desired: otherThan(desired), accelerator: null });
            }}
          />
        </span>
        <span data-cell="desired" title={byName ?? undefined}>
          {desired}
        </span>
        {hasChoice && <Choice id={id} name={name} stop={stop} blocked={blocked} />}
      </span>
    </td>
  );
}

function Choice({ id, name, stop, blocked }: DesiredCellProps) {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button
        ref={button}
        type="button"
        className={classes.menu}
        data-stop="accelerator"
        tabIndex={stop === 'accelerator' ? 0 : -1}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-label={queueWords.acceleratorOf(name)}
        aria-disabled={blocked !== null}
        title={blocked ?? queueWords.chooseAccelerator}
        onClick={() => setOpen(blocked === null)}
      >
        <Icon name="down" size={12} />
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <AcceleratorMenu id={id} anchor={button} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
