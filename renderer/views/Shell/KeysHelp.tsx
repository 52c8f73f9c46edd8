/** What the keyboard does. Loaded when first asked for: the first screen needs no dialog. */
import { Dialog } from '@base-ui/react/dialog';
import { Key } from '../../widgets/Key.tsx';
import classes from './KeysHelp.module.css';

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Tab'], 'past the grid: it is one stop'],
  [['↓', '↑', 'j', 'k'], 'into the grid, next and previous row'],
  [['←', '→', 'h', 'l'], 'within a row'],
  [['Space'], 'change what is desired of this queue'],
  [['Enter'], 'details of this queue'],
  [['x'], 'select this queue for a change of many'],
  [['Shift', '↓', '↑'], 'select a range'],
  [['Ctrl', '↵'], 'preview the change of what is selected'],
  [['Ctrl', 'Z'], 'undo the last change'],
  [['Ctrl', 'K'], 'go to a screen or a queue'],
  [['/'], 'filter'],
  [['.'], 'exceptions only, and back'],
  [['+', '−', '0'], 'notify map: larger, smaller, whole'],
  [['←', '→'], 'notify map: pan; dragging does too'],
  [['Enter'], 'notify map: details of the lane'],
  [['P'], 'notify map: catch the next kick'],
  [['Esc'], 'close details, clear the filter or the selection'],
  [['?'], 'this list'],
];

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes.backdrop} />
        <Dialog.Popup className={classes.popup}>
          <Dialog.Title className={classes.title}>Keys</Dialog.Title>
          <dl className={classes.list}>
            {KEYS.map(([keys, what]) => (
              <div key={what} className={classes.line}>
                <dt>
                  {keys.map((key) => (
                    <Key key={key}>{key}</Key>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
          <Dialog.Close className={classes.close}>
            Close <Key>Esc</Key>
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
