/** The one chart that needs a chart library: two step lines over sixty seconds, and under them the phases. */
import { CartesianGrid, Line, LineChart, XAxis, YAxis } from 'recharts';
import { count } from '../../format/numbers.ts';
import { drawerWords } from '../../words/drawer.ts';
import type { Band } from './bands.ts';
import classes from './LastMinute.module.css';
import type { MinutePoint } from './LastMinute.tsx';

const WIDTH = 436;
const HEIGHT = 128;
const LEFT = 52;
const BAND_HEIGHT = 18;

/** The next of 1, 2, 4, 10, 20, 40, …: an axis that seldom changes, with a round middle. */
export function roundTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(4, value)));
  const step = [1, 2, 4, 10].find((one) => one * power >= value) ?? 10;
  return Math.max(4, step * power);
}

export default function RatesChart({
  points,
  bands,
}: {
  points: readonly MinutePoint[];
  bands: readonly Band[];
}) {
  const top = roundTop(
    Math.max(0, ...points.map(({ kicks, doorbells }) => Math.max(kicks ?? 0, doorbells ?? 0))),
  );
  const x = (ago: number): number => LEFT + ((WIDTH - LEFT - 2) * (60 + ago)) / 60;
  return (
    <div className={classes.chart} aria-hidden="true">
      <LineChart
        width={WIDTH}
        height={HEIGHT}
        data={[...points]}
        margin={{ top: 18, right: 2, bottom: 4, left: 0 }}
        accessibilityLayer={false}
      >
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="ago" type="number" domain={[-60, 0]} hide />
        <YAxis
          key={top}
          width={LEFT}
          tickLine={false}
          axisLine={false}
          ticks={[0, top / 2, top]}
          domain={[0, top]}
          tickFormatter={(value: number) => count(value)}
        />
        <Line
          dataKey="kicks"
          type="stepAfter"
          stroke="var(--sw)"
          strokeWidth={1.5}
          dot={false}
          isAnimationActive={false}
        />
        <Line
          dataKey="doorbells"
          type="stepAfter"
          stroke="var(--acc)"
          strokeWidth={1.5}
          dot={false}
          isAnimationActive={false}
        />
        <text x={LEFT} y={11} className={classes.kicksLabel}>
          {drawerWords.kicksLine}
        </text>
        <text x={LEFT + 56} y={11} className={classes.bellsLabel}>
          {drawerWords.bellsLine}
        </text>
      </LineChart>
      <svg className={classes.bands} width={WIDTH} height={40}>
        {bands.map((band) => (
          <g key={band.from}>
            <rect
              className={classes.band}
              data-phase={band.phase?.replace(/\(.*/, '') ?? 'unknown'}
              x={x(band.from) + 0.5}
              y={0.5}
              width={Math.max(2, x(band.to) - x(band.from) - 1)}
              height={BAND_HEIGHT}
            />
            {x(band.to) - x(band.from) > 56 && (
              <text x={x(band.from) + 6} y={13} className={classes.bandText}>
                {band.phase ?? '—'}
              </text>
            )}
          </g>
        ))}
        <text x={LEFT} y={34}>
          {drawerWords.minuteAgo}
        </text>
        <text x={WIDTH - 2} y={34} textAnchor="end">
          {drawerWords.now}
        </text>
      </svg>
    </div>
  );
}
