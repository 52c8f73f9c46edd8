/** Software, or one of several accelerators by name. Loaded when first opened. */
import { Menu } from '@base-ui/react/menu';
import type { RefObject } from 'react';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { queueWords } from '../../words/queues.ts';
import { useProposals } from '../Change/propose.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Menu.module.css';

interface AcceleratorMenuProps {
  readonly id: QueueKey;
  readonly anchor: RefObject<HTMLElement | null>;
  readonly onClose: () => void;
}

export default function AcceleratorMenu({ id, anchor, onClose }: AcceleratorMenuProps) {
  const { propose } = useProposals();
  const accelerators = usePanelState((state) => state.accelerators);
  const queue = usePanelState((state) => state.queues.get(id));
  const isSoftware = queue?.desired === 'software';
  const now = isSoftware ? null : (queue?.desiredAccelerator ?? queue?.accelerator);
  return (
    <Menu.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Menu.Portal>
        <Menu.Positioner anchor={anchor} align="start" sideOffset={4} className={classes.positioner}>
          <Menu.Popup className={classes.popup} finalFocus={anchor}>
            <Menu.Item
              className={classes.item}
              onClick={() => propose({ keys: [id], desired: 'software', accelerator: null })}
            >
              <Mark isSet={isSoftware} />
              software
            </Menu.Item>
            {accelerators.map((one) => (
              <Menu.Item
                key={one.id}
                className={classes.item}
                disabled={!one.usable}
                onClick={() => propose({ keys: [id], desired: 'accelerated', accelerator: one.id })}
              >
                <Mark isSet={now === one.id} />
                {queueWords.acceleratedBy(one.id)}
                {one.simulated && <SimTag />}
                {!one.usable && (
                  <span className={classes.note}>{one.problem?.message ?? queueWords.notUsable}</span>
                )}
              </Menu.Item>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

function Mark({ isSet }: { isSet: boolean }) {
  return <span className={classes.mark}>{isSet && <Icon name="check" size={12} />}</span>;
}
