/** The four levels of evidence for the notify path of this generation, and whether each was reached. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Pip } from '../../../app/contract/describe.ts';
import { describeOnce } from '../../store/selectors.ts';
import { shapeOf } from '../../widgets/Glyph.tsx';
import classes from './Evidence.module.css';
import { Section } from './Section.tsx';

const TITLES = ['0 asked', '1 acknowledged', '2 seen in maps', '3 proven'] as const;

function wordsOf(queue: QueueSnapshot, level: number, pip: Pip): string {
  if (pip === 'unknowable') return queue.mapsReason ?? 'not permitted here';
  if (pip === 'open') return 'not yet';
  switch (level) {
    case 0:
      return queue.desired;
    case 1:
      return queue.phase === 'mapped'
        ? 'answered 0'
        : queue.phase === 'relay'
          ? 'device started'
          : 'nothing mapped';
    case 2:
      return queue.phase === 'mapped' ? 'page found there' : 'no page there';
    default:
      return 'by traffic';
  }
}

export function Evidence({ queue }: { queue: QueueSnapshot }) {
  const description = describeOnce(queue);
  const { tone } = shapeOf(description);
  return (
    <Section title={`Evidence of generation ${queue.generation}`}>
      <ol className={`${classes.levels ?? ''} ${classes[tone] ?? ''}`}>
        {TITLES.map((title, level) => {
          const pip = description.pips[level] ?? 'open';
          return (
            <li key={title} className={classes.level} data-pip={pip}>
              <span className={classes.bar} />
              <span className={classes.title}>{title}</span>
              <span className={classes.text} title={wordsOf(queue, level, pip)}>
                {wordsOf(queue, level, pip)}
              </span>
            </li>
          );
        })}
      </ol>
    </Section>
  );
}
