/** One queue's way from the guest's slot to the device's page. The drawing is for the eye, the name for the ear. */
import { memo } from 'react';
import { hopName, type Cell, type Lane } from '../../format/notify/lane.ts';
import { perSecond } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Badge, evidenceWords, Pips } from '../../widgets/Badge.tsx';
import { mapWords } from '../../words/map.ts';
import { usePanelState } from '../panel-context.ts';
import { CELL_HEIGHT, CELL_TOP, CELL_WIDTH, cellX, cutDetail, cutTitle, LANE, WIDTH } from './geometry.ts';
import classes from './Lane.module.css';
import { BreakMark, Crossing, Link, Relay } from './Links.tsx';

interface LaneRowProps {
  readonly id: QueueKey;
  readonly lane: Lane;
  /** Among the lanes that are shown. */
  readonly place: number;
  readonly total: number;
  readonly isChosen: boolean;
  /** How many lanes below (or above) the lane stands whose page this one rings; null where it is not shown. */
  readonly crossingBy: number | null;
  readonly onChoose: (id: QueueKey) => void;
}

export const LaneRow = memo(function LaneRow(props: LaneRowProps) {
  const { id, lane, place, total, isChosen, crossingBy, onChoose } = props;
  const { description, queue } = lane;
  return (
    <div
      role="option"
      id={laneId(id)}
      aria-selected={isChosen}
      aria-setsize={total}
      aria-posinset={place + 1}
      className={classes.lane}
      data-lane={id}
      data-broken={lane.broken?.hop ?? ''}
      style={{ top: place * LANE }}
      onClick={() => onChoose(id)}
    >
      <span className={classes.spoken}>{laneName(lane)}</span>
      <div className={classes.queue} aria-hidden="true">
        <span className={classes.name}>
          <span>
            q{queue.index} <span className={classes.role}>{queue.role}</span>
          </span>
          <Pips description={description} />
        </span>
        <Badge description={description} />
      </div>
      <svg className={classes.drawing} width={WIDTH} height={LANE} aria-hidden="true">
        {lane.links.map((style, link) => (
          <Link key={link} place={link} style={lane.crossing !== null && link === 2 ? 'none' : style} />
        ))}
        {lane.cells.map((cell, column) => (
          <CellBox key={column} id={id} cell={cell} x={cellX(column)} />
        ))}
        {lane.relay !== null && <Relay text={lane.relay} />}
        {lane.crossing !== null && crossingBy !== null ? (
          <Crossing lanes={crossingBy} />
        ) : (
          lane.broken !== null &&
          !isRungToo(lane) && (
            <BreakMark at={lane.broken} tone={description.word === 'QUARANTINE' ? 'err' : 'warn'} />
          )
        )}
      </svg>
    </div>
  );
});

/** Its own path is well, but another lane ends on its page: the mark stands on that lane's line. */
const isRungToo = ({ broken, crossing, queue }: Lane): boolean =>
  broken?.mark === 'triangle' && crossing === null && queue.contradiction === null;

export const laneId = (id: QueueKey): string => `lane ${id}`.replaceAll(/\s/g, '-');

/** What a screen reader hears of a lane before it opens the table. */
export function laneName(lane: Lane): string {
  const { queue, description, broken } = lane;
  const path = lane.cells
    .filter(({ look }) => look !== 'absent')
    .map(({ title, detail }) => `${title}, ${detail}`)
    .join('; ');
  const fault = broken === null ? '' : mapWords.firstDisagrees(hopName(broken.hop));
  return `q${queue.index} ${queue.role}, ${description.label}, ${evidenceWords(description.pips)}${fault}. ${path}`;
}

function CellBox({ id, cell, x }: { id: QueueKey; cell: Cell; x: number }) {
  if (cell.look === 'absent')
    return (
      <text className={classes.absent} x={x + CELL_WIDTH / 2} y={CELL_TOP + 26} textAnchor="middle">
        {cutDetail(`${cell.title}, ${cell.detail}`)}
      </text>
    );
  return (
    <g className={`${classes.cell ?? ''} ${classes[`look_${cell.look}`] ?? ''}`} data-look={cell.look}>
      <title>{`${cell.title}: ${cell.detail}`}</title>
      <rect x={x + 0.5} y={CELL_TOP + 0.5} width={CELL_WIDTH - 1} height={CELL_HEIGHT - 1} rx={3} />
      {cell.look === 'unknown' && (
        <rect
          className={classes.hatch}
          x={x + 0.5}
          y={CELL_TOP + 0.5}
          width={CELL_WIDTH - 1}
          height={CELL_HEIGHT - 1}
          rx={3}
          fill="url(#map-hatch)"
        />
      )}
      <text className={classes.cellTitle} x={x + 8} y={CELL_TOP + 18}>
        {cutTitle(cell.title)}
      </text>
      <text className={classes.cellDetail} x={x + 8} y={CELL_TOP + 35}>
        {cell.rate === null ? cutDetail(cell.detail) : <Rated id={id} cell={cell} rate={cell.rate} />}
      </text>
    </g>
  );
}

/** The detail with the rate behind it: the one part of a lane that traffic redraws. */
function Rated({ id, cell, rate: field }: { id: QueueKey; cell: Cell; rate: 'kicks' | 'doorbells' }) {
  const value = usePanelState((state) => rate(state.histories.get(id)?.kept, field));
  const unit = field === 'kicks' ? ' kicks/s' : '/s';
  return <>{cutDetail(`${cell.detail} · ${perSecond(value)}${unit}`)}</>;
}
