/** The four levels of evidence for the notify path of this generation, and whether each was reached. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Pip } from '../../../app/contract/describe.ts';
import { describeOnce } from '../../store/selectors.ts';
import { shapeOf } from '../../widgets/Glyph.tsx';
import { evidenceWordsOf as words } from '../../words/drawer.ts';
import classes from './Evidence.module.css';
import { Section } from './Section.tsx';

function wordsOf(queue: QueueSnapshot, level: number, pip: Pip): string {
  if (pip === 'unknowable') return queue.mapsReason ?? words.notPermitted;
  if (pip === 'open') return words.notYet;
  switch (level) {
    case 0:
      return queue.desired;
    case 1:
      return queue.phase === 'mapped'
        ? words.answered
        : queue.phase === 'relay'
          ? words.deviceStarted
          : words.nothingMapped;
    case 2:
      return queue.phase === 'mapped' ? words.found : words.absent;
    default:
      return words.byTraffic;
  }
}

export function Evidence({ queue }: { queue: QueueSnapshot }) {
  const description = describeOnce(queue);
  const { tone } = shapeOf(description);
  return (
    <Section title={words.title(queue.generation)}>
      <ol className={`${classes.levels ?? ''} ${classes[tone] ?? ''}`}>
        {words.levels.map((title, level) => {
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
