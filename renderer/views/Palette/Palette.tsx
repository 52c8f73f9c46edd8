/** Ctrl+K: type where to go. Loaded when first asked for. */
import { Dialog } from '@base-ui/react/dialog';
import { useMemo, useState, type KeyboardEvent } from 'react';
import { fileName, queueLines } from '../../store/export.ts';
import { Icon } from '../../widgets/Icon.tsx';
import { Key } from '../../widgets/Key.tsx';
import { download } from '../download.ts';
import { allowNotifications } from '../notifications.ts';
import { paletteWords } from '../../words/palette.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { go } from '../route.ts';
import { openKeys } from '../Shell/dialogs.ts';
import { chooseTheme } from '../theme.ts';
import { commandsOf, matching, type PaletteAction } from './commands.ts';
import classes from './Palette.module.css';

const optionId = (place: number): string => `palette-${place}`;

export default function Palette({ onClose }: { onClose: () => void }) {
  const panel = usePanel();
  const queues = usePanelState((state) => state.queues);
  const readOnly = usePanelState((state) => state.readOnly);
  const fallbacks = usePanelState((state) => state.fallbacks);
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const commands = useMemo(() => commandsOf({ queues, readOnly, fallbacks }), [queues, readOnly, fallbacks]);
  const found = useMemo(() => matching(commands, text), [commands, text]);

  const run = (action: PaletteAction): void => {
    onClose();
    switch (action.kind) {
      case 'go':
        go(action.to);
        return;
      case 'read-only':
        panel.setReadOnly(action.readOnly);
        return;
      case 'theme':
        chooseTheme(action.theme);
        return;
      case 'acknowledge':
        panel.acknowledge([...fallbacks.keys()]);
        return;
      case 'notifications':
        allowNotifications();
        return;
      case 'export':
        download(fileName('queues', Date.now()), queueLines(panel.store.getState()));
        return;
      case 'keys':
        openKeys();
    }
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) setPlace((place + step + found.length) % found.length);
    else if (event.key === 'Enter') {
      const chosen = found[place];
      if (chosen !== undefined) run(chosen.action);
    } else return;
    event.preventDefault();
  };

  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={classes.backdrop} />
        <Dialog.Popup className={classes.popup} aria-label={paletteWords.title}>
          <div className={classes.field}>
            <Icon name="search" size={14} />
            <input
              className={classes.input}
              role="combobox"
              aria-expanded="true"
              aria-controls="palette-list"
              aria-activedescendant={found.length > 0 ? optionId(place) : undefined}
              aria-label={paletteWords.field}
              placeholder={paletteWords.placeholder}
              value={text}
              autoFocus
              onChange={(event) => {
                setText(event.target.value);
                setPlace(0);
              }}
              onKeyDown={onKeyDown}
            />
            <Key>Esc</Key>
          </div>
          <ul className={classes.list} id="palette-list" role="listbox" aria-label={paletteWords.title}>
            {found.map((command, at) => (
              <li
                key={command.id}
                id={optionId(at)}
                role="option"
                aria-selected={at === place}
                className={classes.option}
                onPointerMove={() => setPlace(at)}
                onClick={() => run(command.action)}
              >
                {command.title}
                <span className={classes.note}>{command.note}</span>
              </li>
            ))}
          </ul>
          {found.length === 0 && (
            <p className={classes.none} role="status">
              {paletteWords.none}
            </p>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
