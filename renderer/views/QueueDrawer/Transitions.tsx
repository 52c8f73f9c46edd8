/** How the queue came to its state, newest first, each with who or what moved it. */
import { Fragment } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { clockMs } from '../../format/times.ts';
import { drawerWords } from '../../words/drawer.ts';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function Transitions({ queue }: { queue: QueueSnapshot }) {
  const newestFirst = queue.transitions.toSorted((a, b) => b.at - a.at);
  return (
    <Section title={drawerWords.transitions}>
      {newestFirst.length === 0 && <p className={classes.reasonMore}>{drawerWords.noTransitions}</p>}
      <ol className={classes.transitions}>
        {newestFirst.map((transition, place) => (
          // A place of the list stays; what stands there is replaced, so that a new one pushes nothing down.
          <li key={place}>
            <Fragment key={`${transition.at} ${newestFirst.length - place}`}>
              <time className={classes.mono}>{clockMs(transition.at)}</time>
              <span className={classes.to}>{transition.to}</span>
              <span className={classes.cause} title={transition.cause}>
                {transition.cause}
              </span>
            </Fragment>
          </li>
        ))}
      </ol>
    </Section>
  );
}
