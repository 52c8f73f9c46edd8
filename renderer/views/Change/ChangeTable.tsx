/** Queues of a change: how each runs now, what is wanted, and what happens or became of it. */
import { changeWords } from '../../words/change.ts';
import { memo } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Desired } from '../../../app/contract/words.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import classes from './ChangeDialog.module.css';

export interface ChangeLine {
  readonly key: QueueKey;
  readonly queue: QueueSnapshot;
  readonly wanted: Desired;
  readonly text: string;
  readonly tone: 'ink' | 'mut' | 'warn';
}

export function ChangeTable({ lines, heads }: { lines: readonly ChangeLine[]; heads: readonly string[] }) {
  return (
    <div className={classes.scroller} tabIndex={0} role="group" aria-label={changeWords.queues}>
      <table className={classes.table}>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {lines.map(({ key, queue, wanted, text, tone }) => (
            <Line key={key} id={key} queue={queue} wanted={wanted} text={text} tone={tone} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Line = memo(function Line(props: Omit<ChangeLine, 'key'> & { readonly id: QueueKey }) {
  const { id, queue, wanted, text, tone } = props;
  const { session, index } = refOf(id);
  return (
    <tr data-change={id}>
      <th scope="row">
        <span className={classes.vm}>{session}</span> q{index}{' '}
        <span className={classes.vm}>{queue.role}</span>
      </th>
      <td>
        <span className={classes.now}>
          <Badge description={describeOnce(queue)} />
          <Pips description={describeOnce(queue)} />
        </span>
      </td>
      <td>{wanted}</td>
      <td className={classes[tone]} title={text}>
        {text}
      </td>
    </tr>
  );
});
