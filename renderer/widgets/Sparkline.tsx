/** One minute of a rate, 56×14. Muted: only states carry colour. Gaps stay gaps. */
import classes from './Sparkline.module.css';

const WIDTH = 56;
const HEIGHT = 14;
const SECONDS = 60;

export interface SparkPoint {
  /** Seconds before now, 0 or negative. */
  readonly ago: number;
  readonly value: number | null;
}

export function sparkPath(points: readonly SparkPoint[]): {
  readonly line: string;
  readonly end: readonly [number, number] | null;
} {
  const top = Math.max(1, ...points.map((point) => point.value ?? 0));
  let line = '';
  let end: readonly [number, number] | null = null;
  let drawing = false;
  for (const { ago, value } of points) {
    if (value === null) {
      drawing = false;
      continue;
    }
    const x = Math.max(0, 2 + (WIDTH - 4) * (1 + ago / SECONDS));
    const y = HEIGHT - 2 - (HEIGHT - 4) * (value / top);
    line += `${drawing ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    drawing = true;
    end = [x, y];
  }
  return { line, end };
}

export function Sparkline({ points }: { points: readonly SparkPoint[] }) {
  const { line, end } = sparkPath(points);
  return (
    <svg className={classes.spark} width={WIDTH} height={HEIGHT} aria-hidden="true">
      <path d={line} fill="none" stroke="currentColor" strokeWidth={1.25} strokeLinejoin="round" />
      {end && <circle cx={end[0]} cy={end[1]} r={1.6} fill="currentColor" />}
    </svg>
  );
}
