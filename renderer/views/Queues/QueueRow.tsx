/** One queue on 28 pixels: desired and actual side by side, never sharing a colour or an element. */
import { memo, type ReactNode } from 'react';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import type { Role } from '../../../app/contract/words.ts';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import { queueWords } from '../../words/queues.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import type { ColumnId } from './columns.ts';
import { DesiredCell } from './DesiredCell.tsx';
import { GroupCell, NotifyCell } from './PathCells.tsx';
import { BellsCell, GapCell, ProgressCell, RateCell } from './RateCells.tsx';
import { ReasonCell } from './ReasonCell.tsx';
import { actualId, nameOf } from './row-names.ts';
import classes from './Row.module.css';
import { useColumns } from './use-columns.ts';
import { useDescribed } from './use-described.ts';

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

/** It renders when it is another row; what moves in the record is each cell's own business. */
export const QueueRow = memo(function QueueRow(props: QueueRowProps) {
  const { id, place, selected, open } = props;
  const columns = useColumns();
  const role = usePanelState((state) => state.queues.get(id)?.role);
  const { session } = refOf(id);
  const isFrozen = usePanelState(
    (state) => state.sessions.find((one) => one.name === session)?.state === 'lost',
  );
  if (role === undefined) return null;
  return (
    <tr
      role="row"
      className={classes.queue}
      aria-rowindex={place + 2}
      aria-selected={selected}
      data-row={id}
      data-queue={id}
      data-open={open}
      data-frozen={isFrozen}
    >
      {columns.map((column) => (
        <Cell key={column} column={column} role={role} row={props} />
      ))}
    </tr>
  );
});

function Cell({ column, role, row }: { column: ColumnId; role: Role; row: QueueRowProps }): ReactNode {
  const { id, stop, blocked } = row;
  const panel = usePanel();
  switch (column) {
    case 'select':
      return <SelectCell name={nameOf(id, role)} row={row} />;
    case 'name':
      return <NameCell name={nameOf(id, role)} row={row} />;
    case 'role':
      return (
        <td role="gridcell" className={classes.role}>
          {role}
        </td>
      );
    case 'desired':
      return <DesiredCell id={id} name={nameOf(id, role)} stop={stop} blocked={blocked} />;
    case 'actual':
      return <ActualCell id={id} />;
    case 'group':
      return <GroupCell id={id} />;
    case 'notify':
      return <NotifyCell id={id} />;
    case 'kicks':
    case 'interrupts':
    case 'calls':
      return <RateCell id={id} field={column} />;
    case 'bells':
      return <BellsCell id={id} />;
    case 'gap':
      return <GapCell id={id} />;
    case 'generation':
      return <GenerationCell id={id} />;
    case 'size':
      return <SizeCell id={id} />;
    case 'progress':
      return <ProgressCell id={id} />;
    case 'reason':
      return <ReasonCell id={id} onCancel={blocked === null ? panel.cancel : null} stop={stop} />;
  }
}

function ActualCell({ id }: { id: QueueKey }) {
  const description = useDescribed(id, (is) => is);
  return (
    <td role="gridcell">
      <span className={classes.actual} id={actualId(id)}>
        {description !== undefined && (
          <>
            <Badge description={description} />
            <Pips description={description} />
          </>
        )}
      </span>
    </td>
  );
}

function GenerationCell({ id }: { id: QueueKey }) {
  const generation = usePanelState((state) => state.queues.get(id)?.generation);
  return (
    <td role="gridcell" className={classes.role}>
      g{generation}
    </td>
  );
}

function SizeCell({ id }: { id: QueueKey }) {
  const size = usePanelState((state) => state.queues.get(id)?.size);
  return (
    <td role="gridcell" className={classes.number}>
      {size ?? '—'}
    </td>
  );
}

function SelectCell({ name, row }: { name: string; row: QueueRowProps }) {
  const { id, stop, selected, onSelect } = row;
  return (
    <td role="gridcell" className={classes.select}>
      <input
        type="checkbox"
        className={classes.checkbox}
        checked={selected}
        onChange={(event) =>
          onSelect(id, 'shiftKey' in event.nativeEvent && event.nativeEvent.shiftKey === true)
        }
        tabIndex={stop === 'select' ? 0 : -1}
        data-stop="select"
        aria-label={queueWords.select(name)}
      />
    </td>
  );
}

function NameCell({ name, row }: { name: string; row: QueueRowProps }) {
  const { id, apart, stop, onOpen } = row;
  const { session, index } = refOf(id);
  return (
    <th role="rowheader" className={classes.clipped}>
      <button
        type="button"
        className={classes.opener}
        tabIndex={stop === 'name' ? 0 : -1}
        data-stop="name"
        aria-label={queueWords.details(name)}
        onClick={() => onOpen(id)}
      >
        {apart && <span className={classes.vm}>{session} </span>}
        <span className={classes.index}>q{index}</span>
      </button>
    </th>
  );
}
