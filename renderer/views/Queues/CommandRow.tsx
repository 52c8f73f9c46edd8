/** What to type so that a VM appears on a waiting endpoint, exactly, with a button that copies it. */
import { memo } from 'react';
import { usePanelState } from '../panel-context.ts';
import { CopyButton } from '../CopyButton.tsx';
import { COLUMN_COUNT } from './columns.ts';
import classes from './Grid.module.css';

interface CommandRowProps {
  readonly name: string;
  readonly place: number;
  readonly lines: readonly string[];
  readonly stop: string | null;
}

export const CommandRow = memo(function CommandRow({ name, place, lines, stop }: CommandRowProps) {
  const command = usePanelState((state) => state.sessions.find((one) => one.name === name)?.commandLine);
  if (command === undefined) return null;
  return (
    <tr className={classes.command} aria-rowindex={place + 2} data-row={`command ${name}`}>
      <td colSpan={COLUMN_COUNT}>
        <div className={classes.commandLine}>
          <code className={classes.code} data-command={name}>
            {lines.map((line) => (
              <span key={line} className={classes.codeLine}>
                {line}{' '}
              </span>
            ))}
          </code>
          <CopyButton
            text={command}
            label={`Copy the command for ${name}`}
            tabIndex={stop === null ? -1 : 0}
          />
        </div>
      </td>
    </tr>
  );
});
