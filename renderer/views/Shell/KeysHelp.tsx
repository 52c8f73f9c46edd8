/** What the keyboard does. Loaded when first asked for: the first screen needs no dialog. */
import { Dialog } from '@base-ui/react/dialog';
import { Key } from '../../widgets/Key.tsx';
import { keyWords } from '../../words/keys.ts';
import classes from './KeysHelp.module.css';

export default function KeysHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes.backdrop} />
        <Dialog.Popup className={classes.popup}>
          <Dialog.Title className={classes.title}>{keyWords.title}</Dialog.Title>
          <dl className={classes.list}>
            {keyWords.lines.map(([keys, what]) => (
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
            {keyWords.close} <Key>Esc</Key>
          </Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
