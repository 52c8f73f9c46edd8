/** One cell per queue in 128 pixels: filled accelerated, outlined software, amber for what went elsewhere. */
import { memo } from 'react';
import classes from './MicroBar.module.css';

export type MicroCell = 'acc' | 'sw' | 'warn' | 'err' | 'other';

const WIDTH = 128;
const HEIGHT = 12;

interface Run {
  readonly cell: MicroCell;
  readonly from: number;
  readonly length: number;
}

/** Equal neighbours as one run, so that 256 queues are a handful of shapes. */
export function runsOf(cells: readonly MicroCell[]): readonly Run[] {
  const runs: Run[] = [];
  cells.forEach((cell, place) => {
    const last = runs[runs.length - 1];
    if (last?.cell === cell) runs[runs.length - 1] = { ...last, length: last.length + 1 };
    else runs.push({ cell, from: place, length: 1 });
  });
  return runs;
}

export const MicroBar = memo(function MicroBar({ cells }: { cells: readonly MicroCell[] }) {
  const unit = WIDTH / Math.max(1, cells.length);
  return (
    <svg className={classes.bar} width={WIDTH} height={HEIGHT} aria-hidden="true">
      {runsOf(cells).map(({ cell, from, length }) => (
        <rect
          key={from}
          className={classes[cell]}
          x={from * unit + 0.5}
          y={0.5}
          width={Math.max(1, length * unit - 1)}
          height={HEIGHT - 1}
        />
      ))}
    </svg>
  );
});
