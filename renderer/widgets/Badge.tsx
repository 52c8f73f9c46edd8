/** What a queue actually runs as, separate from what was asked: shape, word and the evidence for it. */
import type { Description, Pip } from '../../app/contract/describe.ts';
import classes from './Badge.module.css';
import { Glyph, shapeOf } from './Glyph.tsx';

export function Badge({ description, id }: { description: Description; id?: string | undefined }) {
  const { shape, tone } = shapeOf(description);
  return (
    <span className={classes.badge} id={id} data-word={description.word}>
      <Glyph shape={shape} tone={tone} />
      <span
        key={description.label}
        className={`${classes.word ?? ''} ${classes[tone] ?? ''} ${shape === 'stripes' ? (classes.pending ?? '') : ''}`}
      >
        {description.label}
      </span>
    </span>
  );
}

const LEVELS = ['asked', 'acknowledged', 'seen in the maps', 'proven by traffic'] as const;

/** The ladder in words: what was reached, and what cannot be known here. */
export function evidenceWords(pips: readonly Pip[]): string {
  const reached = LEVELS.filter((_, level) => pips[level] === 'reached');
  const unknowable = pips.includes('unknowable') ? '; maps not readable here' : '';
  return `evidence: ${reached.length === 0 ? 'none' : reached.join(', ')}${unknowable}`;
}

const PIP_CLASS = { reached: classes.reached, open: classes.open, unknowable: classes.unknowable } as const;

export function Pips({ description }: { description: Description }) {
  const { tone } = shapeOf(description);
  return (
    <span
      className={`${classes.pips ?? ''} ${classes[tone] ?? ''}`}
      role="img"
      aria-label={evidenceWords(description.pips)}
    >
      {description.pips.map((pip, level) => (
        <span key={LEVELS[level]} className={`${classes.pip ?? ''} ${PIP_CLASS[pip] ?? ''}`} />
      ))}
    </span>
  );
}
