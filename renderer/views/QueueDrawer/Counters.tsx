/** What was counted, in total and per second. What this path cannot see is a dash. */
import { COUNTER_FIELDS, type QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count, perSecond } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { Replaced } from '../../widgets/Replaced.tsx';
import { counterWords } from '../../words/drawer.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

export function Counters({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const history = usePanelState((state) => state.histories.get(id));
  const totals = history?.last.counters ?? queue.counters;
  return (
    <Section title={counterWords.title}>
      <table className={classes.counters}>
        <thead>
          <tr>
            {counterWords.columns.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {COUNTER_FIELDS.map((field) => (
            <tr key={field} data-counter={field}>
              <th scope="row">{counterWords.fields[field]}</th>
              <td>
                <Replaced text={count(totals[field])} />
              </td>
              <td>
                <Replaced text={perSecond(totals[field] === null ? null : rate(history?.kept, field))} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
