/** One queue on 28 pixels: desired and actual side by side, never sharing a colour or an element. */
import { memo, type ReactNode } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { refOf, type QueueKey } from '../../store/key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import { queueWords } from '../../words/queues.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import type { ColumnId } from './columns.ts';
import { DesiredCell } from './DesiredCell.tsx';
import { GroupCell, NotifyCell } from './PathCells.tsx';
import { BellsCell, GapCell, ProgressCell, RateCell } from './RateCells.tsx';
import { ReasonCell } from './ReasonCell.tsx';
import classes from './Row.module.css';
import { useColumns } from './use-columns.ts';

export interface QueueRowProps {
  readonly id: QueueKey;
  readonly place: number;
  readonly apart: boolean;
  /** Which of the row's stops the Tab key reaches, if this is the active row. */
  readonly stop: string | null;
  readonly selected: boolean;
  readonly open: boolean;
  readonly blocked: string | null;
  readonly onOpen: (key: QueueKey) => void;
  /** `toHere`: all rows from the last one selected to this one. */
  readonly onSelect: (key: QueueKey, toHere: boolean) => void;
}

export const actualId = (key: QueueKey): string => `actual-${encodeURIComponent(key)}`;
export const nameOf = (id: QueueKey, queue: QueueSnapshot): string =>
  `${refOf(id).session} q${queue.index} ${queue.role}`;

export const QueueRow = memo(function QueueRow(props: QueueRowProps) {
  const { id, place, selected, open } = props;
  const columns = useColumns();
  const queue = usePanelState((state) => state.queues.get(id));
  const { session } = refOf(id);
  const isFrozen = usePanelState(
    (state) => state.sessions.find((one) => one.name === session)?.state === 'lost',
  );
  if (queue === undefined) return null;
  return (
    <tr
      className={classes.queue}
      aria-rowindex={place + 2}
      aria-selected={selected}
      data-row={id}
      data-queue={id}
      data-open={open}
      data-frozen={isFrozen}
    >
      {columns.map((column) => (
        <Cell key={column} column={column} queue={queue} row={props} />
      ))}
    </tr>
  );
});

function Cell({
  column,
  queue,
  row,
}: {
  column: ColumnId;
  queue: QueueSnapshot;
  row: QueueRowProps;
}): ReactNode {
  const { id, stop, blocked } = row;
  const panel = usePanel();
  switch (column) {
    case 'select':
      return <SelectCell queue={queue} row={row} />;
    case 'name':
      return <NameCell queue={queue} row={row} />;
    case 'role':
      return <td className={classes.role}>{queue.role}</td>;
    case 'desired':
      return <DesiredCell id={id} queue={queue} stop={stop} blocked={blocked} />;
    case 'actual':
      return (
        <td>
          <span className={classes.actual} id={actualId(id)}>
            <Badge description={describeOnce(queue)} />
            <Pips description={describeOnce(queue)} />
          </span>
        </td>
      );
    case 'group':
      return <GroupCell id={id} queue={queue} />;
    case 'notify':
      return <NotifyCell queue={queue} />;
    case 'kicks':
    case 'interrupts':
    case 'calls':
      return <RateCell id={id} field={column} />;
    case 'bells':
      return <BellsCell id={id} />;
    case 'gap':
      return <GapCell id={id} />;
    case 'generation':
      return <td className={classes.role}>g{queue.generation}</td>;
    case 'size':
      return <td className={classes.number}>{queue.size ?? '—'}</td>;
    case 'progress':
      return <ProgressCell id={id} />;
    case 'reason':
      return <ReasonCell id={id} onCancel={blocked === null ? panel.cancel : null} stop={stop} />;
  }
}

function SelectCell({ queue, row }: { queue: QueueSnapshot; row: QueueRowProps }) {
  const { id, stop, selected, onSelect } = row;
  return (
    <td className={classes.select}>
      <input
        type="checkbox"
        className={classes.checkbox}
        checked={selected}
        onChange={(event) =>
          onSelect(id, 'shiftKey' in event.nativeEvent && event.nativeEvent.shiftKey === true)
        }
        tabIndex={stop === 'select' ? 0 : -1}
        data-stop="select"
        aria-label={queueWords.select(nameOf(id, queue))}
      />
    </td>
  );
}

function NameCell({ queue, row }: { queue: QueueSnapshot; row: QueueRowProps }) {
  const { id, apart, stop, onOpen } = row;
  return (
    <th scope="row" className={classes.name}>
      <button
        type="button"
        className={classes.opener}
        tabIndex={stop === 'name' ? 0 : -1}
        data-stop="name"
        aria-label={queueWords.details(nameOf(id, queue))}
        onClick={() => onOpen(id)}
      >
        {apart && <span className={classes.vm}>{refOf(id).session} </span>}
        <span className={classes.index}>q{queue.index}</span>
      </button>
    </th>
  );
}
