/** The shape of an actual state: readable without its colour. A filled diamond exists only with evidence 3. */
import type { Description } from '../../app/contract/describe.ts';
import classes from './Glyph.module.css';

export type Shape =
  'dash' | 'ring' | 'stripes' | 'half' | 'diamond' | 'diamond-filled' | 'triangle' | 'cross' | 'broken';
export type Tone = 'mut' | 'sw' | 'ink' | 'acc' | 'warn' | 'err';

export function shapeOf(description: Description): { readonly shape: Shape; readonly tone: Tone } {
  switch (description.word) {
    case 'DOWN':
      return { shape: 'dash', tone: 'mut' };
    case 'SW':
      return { shape: 'ring', tone: 'sw' };
    case 'STEP':
      return { shape: 'stripes', tone: 'ink' };
    case 'RELAY':
      return { shape: 'half', tone: 'ink' };
    case 'ACC':
      return { shape: description.proven ? 'diamond-filled' : 'diamond', tone: 'acc' };
    case 'FELL BACK':
    case 'SUSPECT':
      return { shape: 'triangle', tone: 'warn' };
    case 'QUARANTINE':
      return { shape: 'cross', tone: 'err' };
    case 'STALE':
      return { shape: 'broken', tone: 'mut' };
  }
}

function drawing(shape: Shape) {
  switch (shape) {
    case 'dash':
      return <path d="M1.5 6h9" fill="none" stroke="currentColor" strokeWidth={1.8} />;
    case 'ring':
      return <circle cx={6} cy={6} r={4} fill="none" stroke="currentColor" strokeWidth={1.9} />;
    case 'stripes':
      return (
        <g fill="none" stroke="currentColor" strokeWidth={1.3}>
          <rect x={1} y={1} width={10} height={10} rx={1} />
          <path d="M1.5 7 7 1.500M2.5 10.500l8-8M5.5 10.500l5-5" />
        </g>
      );
    case 'half':
      return (
        <g>
          <rect
            x={1.2}
            y={1.2}
            width={9.6}
            height={9.6}
            rx={1}
            fill="none"
            stroke="currentColor"
            strokeWidth={1.4}
          />
          <path d="M1.5 1.500H6v9H1.500z" fill="currentColor" />
        </g>
      );
    case 'diamond':
      return <path d="M6 1.5 10.5 6 6 10.5 1.5 6Z" fill="none" stroke="currentColor" strokeWidth={1.5} />;
    case 'diamond-filled':
      return <path d="M6 .8 11.2 6 6 11.2.8 6Z" fill="currentColor" />;
    case 'triangle':
      return <path d="M6 1 11.5 11H.5Z" fill="currentColor" />;
    case 'cross':
      return <path d="M2 2l8 8M10 2l-8 8" fill="none" stroke="currentColor" strokeWidth={2.2} />;
    case 'broken':
      return (
        <circle
          cx={6}
          cy={6}
          r={4.5}
          fill="none"
          stroke="currentColor"
          strokeWidth={1.5}
          strokeDasharray="2 2.240"
        />
      );
  }
}

export function Glyph({ shape, tone, size = 12 }: { shape: Shape; tone: Tone; size?: number }) {
  return (
    <svg
      className={classes[tone]}
      data-shape={shape}
      width={size}
      height={size}
      viewBox="0 0 12 12"
      aria-hidden="true"
    >
      {drawing(shape)}
    </svg>
  );
}
