/**
 * The grid of queues: a table whose rows all have heights known beforehand, so that only those on the screen exist and
 * nothing shifts when they change. Its rows are laid out each by itself: in a table's own layout a text that changes makes
 * the browser look at all rows and columns again. What their tags meant without it their roles say.
 */
import { defaultRangeExtractor, useVirtualizer, type Range } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { otherThan } from '../../widgets/Switch.tsx';
import { queueWords } from '../../words/queues.ts';
import { useProposals } from '../Change/propose.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useBlocked } from '../use-blocked.ts';
import { columnsFor, COLUMNS, sumOf, tracksOf, WORDLESS, type ColumnId } from './columns.ts';
import { CommandRow } from './CommandRow.tsx';
import { ExceptionsRow } from './ExceptionsRow.tsx';
import classes from './Grid.module.css';
import { QueueRow } from './QueueRow.tsx';
import row from './Row.module.css';
import { isFolded, ROW, type Chip, type Row } from './rows.ts';
import { SessionRow } from './SessionRow.tsx';
import { ColumnsContext, useChosenColumns, useColumns } from './use-columns.ts';
import { useFocusMark } from './use-focus-mark.ts';
import { useActiveRow, useGridKeys } from './use-grid-keys.ts';
import { useRows } from './use-rows.ts';

/** Rows above and below what is in sight. They are drawn with every change too, for nobody to see. */
const OVERSCAN = 3;
/** Fleets up to this size are counted whole, so that history is there wherever one scrolls. */
const WATCH_ALL = 64;
const CODE_CHARACTER = 7.23;
const CODE_MARGIN = 40 + 120;
const MIN_CODE = 34;

interface GridProps {
  readonly text: string;
  readonly chip: Chip;
  readonly open: QueueKey | null;
  readonly selection: ReadonlySet<QueueKey>;
  readonly onOpen: (key: QueueKey) => void;
  readonly onSelect: (keys: readonly QueueKey[], isSelected: boolean) => void;
}

export function Grid({ text, chip, open, selection, onOpen, onSelect }: GridProps) {
  const panel = usePanel();
  const blocked = useBlocked();
  const { propose } = useProposals();
  const scroller = useRef<HTMLDivElement>(null);
  const table = useRef<HTMLTableElement>(null);
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [pointerIn, setPointerIn] = useState(false);
  const [focusIn, setFocusIn] = useState(false);
  const room = useWidth(scroller);
  const codeColumns = Math.max(MIN_CODE, Math.floor((room - CODE_MARGIN) / CODE_CHARACTER));
  const chosen = useChosenColumns();
  const columns = useMemo(() => columnsFor(chosen, room), [chosen, room]);
  const wanted = useMemo(
    () => ({ text, chip, turned, columns: codeColumns }),
    [text, chip, turned, codeColumns],
  );
  const { rows, moved, refresh } = useRows(wanted, pointerIn || focusIn);
  const { select, shown, allSelected } = useSelect(rows, selection, onSelect);
  const sessions = usePanelState((state) => state.sessions);

  const activeRow = useActiveRow(rows);
  const activePlace = activeRow.place;
  // The active row stays mounted wherever one scrolls: focus must never fall to the page.
  const withActive = useCallback(
    (range: Range): number[] => {
      const places = defaultRangeExtractor(range);
      if (activePlace < range.count && !places.includes(activePlace)) places.push(activePlace);
      return places.sort((a, b) => a - b);
    },
    [activePlace],
  );
  // The library's functions change identity with its state; nothing here memoises them across renders.
  // eslint-disable-next-line react-hooks/incompatible-library
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (place) => rows[place]?.height ?? ROW,
    getItemKey: (place) => rows[place]?.id ?? place,
    overscan: OVERSCAN,
    scrollMargin: ROW,
    scrollPaddingStart: ROW,
    rangeExtractor: withActive,
  });
  useLayoutEffect(() => virtualizer.measure(), [rows, virtualizer]);

  const toggle = useCallback(
    (key: QueueKey): void => {
      const queue = panel.store.getState().queues.get(key);
      if (blocked === null && queue !== undefined)
        propose({ keys: [key], desired: otherThan(queue.desired), accelerator: null });
    },
    [panel, blocked, propose],
  );
  const scrollTo = useCallback((place: number) => virtualizer.scrollToIndex(place), [virtualizer]);
  const keys = useGridKeys(activeRow, {
    rows,
    table,
    scrollTo,
    onToggle: toggle,
    onOpen,
    isSelected: (key) => selection.has(key),
    onSelect: select,
  });

  useFocusMark(table);

  const items = virtualizer.getVirtualItems();
  useWatched(
    items.map((item) => rows[item.index]),
    open,
  );

  const fold = useCallback((name: string) => {
    setTurned((old) => {
      const next = new Set(old);
      if (!next.delete(name)) next.add(name);
      return next;
    });
  }, []);

  const body = [];
  let end = ROW;
  for (const item of items) {
    const row = rows[item.index];
    if (row === undefined) continue;
    if (item.start > end) body.push(<Spacer key={`gap ${item.index}`} height={item.start - end} />);
    end = item.end;
    const stop = activeRow.active?.row === row.id ? activeRow.active.stop : null;
    body.push(
      <GridRow
        key={row.id}
        row={row}
        place={item.index}
        stop={stop}
        moved={moved}
        blocked={blocked}
        selected={row.kind === 'queue' && selection.has(row.id)}
        open={row.id === open}
        folded={
          row.kind === 'session' && sessions.some((one) => one.name === row.name && isFolded(one, turned))
        }
        onOpen={onOpen}
        onSelect={select}
        onFold={fold}
        onRefresh={refresh}
      />,
    );
  }
  const rest = virtualizer.getTotalSize() + ROW - end;

  return (
    <ColumnsContext value={columns}>
      <div
        className={classes.scroller}
        ref={scroller}
        onPointerEnter={() => setPointerIn(true)}
        onPointerLeave={() => setPointerIn(false)}
        onFocus={() => setFocusIn(true)}
        onBlur={(event) => {
          if (!event.currentTarget.contains(event.relatedTarget)) setFocusIn(false);
        }}
      >
        <table
          ref={table}
          className={classes.grid}
          style={{ minWidth: sumOf(columns, room), gridTemplateColumns: tracksOf(columns, room) }}
          data-wordless={room < WORDLESS}
          role="grid"
          aria-label={queueWords.title}
          aria-rowcount={rows.length + 1}
          aria-multiselectable="true"
          onKeyDown={keys.onKeyDown}
          onFocus={keys.onFocus}
        >
          <Heads
            columns={columns}
            room={room}
            allSelected={allSelected}
            onSelectAll={(is) => onSelect(shown, is)}
          />
          <tbody role="rowgroup">
            {body}
            {rest > 0 && <Spacer height={rest} />}
          </tbody>
        </table>
      </div>
    </ColumnsContext>
  );
}

interface HeadsProps {
  readonly columns: readonly ColumnId[];
  readonly room: number;
  readonly allSelected: boolean;
  readonly onSelectAll: (isSelected: boolean) => void;
}

const NUMBERS: ReadonlySet<ColumnId> = new Set(['kicks', 'interrupts', 'calls', 'gap', 'size']);

function Heads({ columns, room, allSelected, onSelectAll }: HeadsProps) {
  const shown = COLUMNS.filter(({ id }) => columns.includes(id));
  return (
    <thead role="rowgroup">
      <tr role="row" aria-rowindex={1}>
        {shown.map(({ id, head }) => (
          <th
            key={id}
            role="columnheader"
            className={
              NUMBERS.has(id) ? classes.headNumber : id === 'select' ? classes.headSelect : undefined
            }
          >
            {id === 'select' ? (
              <input
                type="checkbox"
                className={row.checkbox}
                checked={allSelected}
                onChange={(event) => onSelectAll(event.target.checked)}
                aria-label={queueWords.selectShown}
              />
            ) : id === 'desired' && room < WORDLESS ? (
              <span className={classes.hidden}>{head}</span>
            ) : (
              head
            )}
            {id === 'actual' && room >= WORDLESS && (
              <span className={classes.headEvidence}>{queueWords.evidence}</span>
            )}
            {id === 'bells' && <span className={classes.headMinute}>60 s</span>}
          </th>
        ))}
      </tr>
    </thead>
  );
}

interface GridRowProps {
  readonly row: Row;
  readonly place: number;
  readonly stop: string | null;
  readonly moved: number;
  readonly blocked: string | null;
  readonly selected: boolean;
  readonly open: boolean;
  readonly folded: boolean;
  readonly onOpen: (key: QueueKey) => void;
  readonly onSelect: (key: QueueKey, toHere: boolean) => void;
  readonly onFold: (name: string) => void;
  readonly onRefresh: () => void;
}

function GridRow(props: GridRowProps) {
  const { row, place, stop } = props;
  const columns = useColumns();
  switch (row.kind) {
    case 'exceptions':
      return (
        <ExceptionsRow
          place={place}
          stop={stop}
          moved={props.moved}
          blocked={props.blocked}
          onRefresh={props.onRefresh}
        />
      );
    case 'queue':
      return (
        <QueueRow
          id={row.id}
          place={place}
          apart={row.apart}
          stop={stop}
          selected={props.selected}
          open={props.open}
          blocked={props.blocked}
          onOpen={props.onOpen}
          onSelect={props.onSelect}
        />
      );
    case 'session':
      return (
        <SessionRow name={row.name} place={place} folded={props.folded} stop={stop} onFold={props.onFold} />
      );
    case 'command':
      return <CommandRow name={row.name} place={place} lines={row.lines} stop={stop} />;
    case 'nothing':
      return (
        <tr role="row" className={classes.nothing} aria-rowindex={place + 2} data-row="nothing">
          <td role="gridcell" aria-colspan={columns.length}>
            {queueWords.noMatch}
          </td>
        </tr>
      );
  }
}

function Spacer({ height }: { height: number }) {
  return (
    <tr aria-hidden="true" style={{ height }}>
      <td />
    </tr>
  );
}

/** Pixels that the grid has from side to side. */
function useWidth(scroller: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(() => window.innerWidth);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const measure = (): void => setWidth(element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return width;
}

interface Select {
  readonly select: (key: QueueKey, toHere: boolean) => void;
  readonly shown: readonly QueueKey[];
  readonly allSelected: boolean;
}

/** One queue, or with Shift all from the last one chosen to this one, as they stand on the screen. */
function useSelect(
  rows: readonly Row[],
  selection: ReadonlySet<QueueKey>,
  onSelect: GridProps['onSelect'],
): Select {
  const last = useRef<QueueKey | null>(null);
  const shown = useMemo(() => rows.flatMap((one) => (one.kind === 'queue' ? [one.id] : [])), [rows]);
  const select = useCallback(
    (key: QueueKey, toHere: boolean): void => {
      const from = toHere && last.current !== null ? shown.indexOf(last.current) : -1;
      const to = shown.indexOf(key);
      last.current = key;
      if (from < 0) onSelect([key], !selection.has(key));
      else onSelect(shown.slice(Math.min(from, to), Math.max(from, to) + 1), true);
    },
    [shown, selection, onSelect],
  );
  const allSelected = useMemo(
    () => shown.length > 0 && shown.every((key) => selection.has(key)),
    [shown, selection],
  );
  return { select, shown, allSelected };
}

/** Asks for the counters of what is on the screen and of the queue whose details are open. */
function useWatched(rows: readonly (Row | undefined)[], open: QueueKey | null): void {
  const panel = usePanel();
  const all = usePanelState((state) => state.order);
  const keys = new Set<QueueKey>();
  for (const row of rows) if (row?.kind === 'queue') keys.add(row.id);
  if (open !== null) keys.add(open);
  const whole = [...all.values()].flat();
  const watched = whole.length <= WATCH_ALL ? whole : [...keys];
  const text = watched.join('\n');
  useEffect(() => {
    const timer = setTimeout(() => panel.watch(watched), 100);
    return () => clearTimeout(timer);
    // The list is a new array each time; its text says whether it is another one.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [text, panel]);
}
