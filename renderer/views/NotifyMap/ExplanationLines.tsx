/** What, effect now, cause, proof: the same lines on the map and in the drawer. */
import type { ReactNode } from 'react';
import type { Explanation } from '../../format/notify/verdict.ts';
import { plural } from '../../format/numbers.ts';
import { lineWords } from '../../words/shell.ts';
import classes from './Explanation.module.css';

interface LinesProps {
  readonly explanation: Explanation;
  /** Where the headline says already what happened, it is left out, and what to do next comes last. */
  readonly isBrief?: boolean;
}

export function ExplanationLines({ explanation: it, isBrief = false }: LinesProps) {
  const inputs = it.inputs.map(({ name, value }) => `${name} ${value}`).join('\n');
  return (
    <dl className={classes.lines}>
      {!isBrief && (
        <Line name={lineWords.what} aside={`certain: ${it.basis}`}>
          <b>{it.what}</b>
        </Line>
      )}
      <Line name={lineWords.effectNow} aside={it.effectBasis}>
        {it.effectNow}
      </Line>
      <Line name={lineWords.cause} aside={`${it.certainty}: ${it.about}`}>
        {it.cause}
      </Line>
      <Line name={lineWords.proof} aside={`inputs: ${plural(it.inputs.length, 'fact')}`} title={inputs}>
        {it.proof}
      </Line>
      {isBrief && (
        <Line name={lineWords.next} aside="">
          {it.next}
          {it.remedy !== null && <code className={classes.code}>{it.remedy}</code>}
        </Line>
      )}
    </dl>
  );
}

function Line({
  name,
  aside,
  title,
  children,
}: {
  name: string;
  aside: string;
  title?: string;
  children: ReactNode;
}) {
  return (
    <div className={classes.line}>
      <dt>{name}</dt>
      <dd>{children}</dd>
      <dd className={classes.aside} title={title}>
        {aside}
      </dd>
    </div>
  );
}

/** The explanation as text, for a mail or an issue. */
export function reportOf(it: Explanation): string {
  return [
    `${lineWords.what}: ${it.what} (certain: ${it.basis})`,
    `${lineWords.effectNow}: ${it.effectNow} (${it.effectBasis})`,
    `${lineWords.cause}: ${it.cause} (${it.certainty}: ${it.about})`,
    `${lineWords.proof}: ${it.proof}`,
    `${lineWords.next}: ${it.next}${it.remedy === null ? '' : ` ${it.remedy}`}`,
    `Inputs: ${it.inputs.map(({ name, value }) => `${name} = ${value}`).join('; ')}`,
  ].join('\n');
}
