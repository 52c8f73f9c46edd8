/** What joins the cells of a lane: as strong as the evidence, broken where expectation and fact part. */
import type { Break, LinkStyle } from '../../format/notify/lane.ts';
import { AXIS, CELL_HEIGHT, CELL_TOP, cellX, LANE, LINK, linkX } from './geometry.ts';
import { mapWords } from '../../words/map.ts';
import classes from './Lane.module.css';

const DOUBLE: ReadonlySet<LinkStyle> = new Set(['seen', 'proven', 'served']);
const BAR = 6;

export function Link({ place, style }: { place: number; style: LinkStyle }) {
  const x = linkX(place);
  if (style === 'none') return null;
  if (style === 'gap') return <Gap x={x} />;
  if (style === 'end')
    return (
      <path
        className={classes.served}
        d={`M${x} ${AXIS - 2}h14M${x} ${AXIS + 2}h14M${x + 14} ${AXIS - BAR}v${2 * BAR}`}
      />
    );
  const d = DOUBLE.has(style)
    ? `M${x} ${AXIS - 2}h${LINK}M${x} ${AXIS + 2}h${LINK}`
    : `M${x} ${AXIS}h${LINK}`;
  return <path className={classes[style]} d={d} />;
}

/** A mapping that is no more: two ends that do not meet. */
function Gap({ x }: { x: number }) {
  const right = x + LINK;
  return (
    <g className={classes.gap}>
      <path d={`M${x} ${AXIS}h9m0 ${-BAR}v${2 * BAR}M${right} ${AXIS}h-9m0 ${-BAR}v${2 * BAR}`} />
      <text x={x + LINK / 2} y={AXIS + 4} textAnchor="middle">
        {mapWords.gap}
      </text>
    </g>
  );
}

/** The mark at the first hop that disagrees. */
export function BreakMark({ at, tone }: { at: Break; tone: 'warn' | 'err' }) {
  if (at.mark === 'gap') return null;
  const x = linkX(at.link) + LINK / 2;
  return <Mark x={x} y={AXIS} mark={at.mark} tone={tone} />;
}

function Mark({
  x,
  y,
  mark,
  tone,
}: {
  x: number;
  y: number;
  mark: 'cross' | 'triangle';
  tone: 'warn' | 'err';
}) {
  const sign = mark === 'cross' ? `M${x - 4} ${y - 4}l8 8M${x + 4} ${y - 4}l-8 8` : `M${x} ${y - 5}l5 9h-10z`;
  return (
    <g className={tone === 'err' ? classes.markErr : classes.mark}>
      <circle cx={x} cy={y} r={10.5} />
      <path className={mark === 'triangle' ? classes.markFilled : undefined} d={sign} />
    </g>
  );
}

/** From the fd that was sent to a page that belongs to another lane, so many lanes below or above. */
export function Crossing({ lanes }: { lanes: number }) {
  const from = linkX(2);
  const to = cellX(3);
  const y = AXIS + lanes * LANE;
  return (
    <g>
      <path className={classes.shouldGo} d={`M${from} ${AXIS}H${to}`} />
      <path className={classes.crossing} d={`M${from} ${AXIS + 4}h8L${to - 8} ${y}h2`} />
      <path className={classes.crossingHead} d={`M${to - 7} ${y - 4}l6 4-6 4z`} />
      <Mark x={(from + to) / 2} y={(AXIS + 4 + y) / 2} mark="triangle" tone="warn" />
    </g>
  );
}

/** About the width of a character of the band's text: the line leaves room for it. */
const LETTER = 6;

/** Kicks that the host turns into one store each, below the lane. */
export function Relay({ text }: { text: string }) {
  const left = cellX(0) + 20;
  const right = cellX(3) + 156;
  const top = CELL_TOP + CELL_HEIGHT;
  const bottom = LANE - 7;
  const middle = (left + right) / 2;
  const half = ((text.length + RELAY.length) * LETTER) / 2 + 12;
  return (
    <g className={classes.relay}>
      <path d={`M${left} ${top}V${bottom}H${middle - half}M${middle + half} ${bottom}H${right}V${top + 5}`} />
      <path className={classes.relayHead} d={`M${right - 4} ${top + 7}l4-6 4 6z`} />
      <text x={middle} y={bottom + 4} textAnchor="middle">
        <tspan className={classes.relayWord}>{RELAY}</tspan> {text}
      </text>
    </g>
  );
}

const RELAY = '◧ RELAY';
