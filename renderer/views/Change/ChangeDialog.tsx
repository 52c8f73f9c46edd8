/** A change of many before it is made, and then what became of each queue. Loaded when first asked for. */
import { Dialog } from '@base-ui/react/dialog';
import { useRef } from 'react';
import type { Wish } from '../../store/consequences.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import classes from './ChangeDialog.module.css';
import { PreviewBody } from './PreviewBody.tsx';
import { ResultsBody } from './ResultsBody.tsx';

interface ChangeDialogProps {
  /** Null: what became of the last change. */
  readonly wish: Wish | null;
  readonly onConfirm: (wish: Wish, keys: readonly QueueKey[], stopAtFailure: boolean) => void;
  readonly onClose: () => void;
}

export default function ChangeDialog({ wish, onConfirm, onClose }: ChangeDialogProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes.backdrop} />
        <Dialog.Popup className={classes.popup} ref={popup} initialFocus={() => mainButtonOf(popup.current)}>
          {wish === null ? (
            <ResultsBody onClose={onClose} />
          ) : (
            <PreviewBody
              wish={wish}
              onClose={onClose}
              onConfirm={(keys, stopAtFailure) => onConfirm(wish, keys, stopAtFailure)}
            />
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** Enter goes on from the bar straight to the change. */
const mainButtonOf = (popup: HTMLElement | null): HTMLElement | true =>
  popup?.querySelector<HTMLElement>('footer button:last-of-type') ?? true;
