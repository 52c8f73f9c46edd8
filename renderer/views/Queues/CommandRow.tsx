/** What to type so that a VM appears on a waiting endpoint, exactly, with a button that copies it. */
import { memo } from 'react';
import { emptyWords } from '../../words/queues.ts';
import { usePanelState } from '../panel-context.ts';
import { CopyButton } from '../CopyButton.tsx';
import classes from './GroupRows.module.css';
import { useColumns } from './use-columns.ts';

interface CommandRowProps {
  readonly name: string;
  readonly place: number;
  readonly lines: readonly string[];
  readonly stop: string | null;
}

export const CommandRow = memo(function CommandRow({ name, place, lines, stop }: CommandRowProps) {
  const command = usePanelState((state) => state.sessions.find((one) => one.name === name)?.commandLine);
  const columns = useColumns();
  if (command === undefined) return null;
  return (
    <tr role="row" className={classes.command} aria-rowindex={place + 2} data-row={`command ${name}`}>
      <td role="gridcell" aria-colspan={columns.length}>
        <div className={classes.commandLine}>
          <code className={classes.code} data-command={name}>
            {lines.map((line) => (
              <span key={line} className={classes.codeLine}>
                {line}{' '}
              </span>
            ))}
          </code>
          <CopyButton text={command} what={emptyWords.command} of={name} tabIndex={stop === null ? -1 : 0} />
        </div>
      </td>
    </tr>
  );
});
