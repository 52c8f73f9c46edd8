/** What was counted, in total and per second. What this path cannot see is a dash. */
import { COUNTER_FIELDS, type QueueCounters, type QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count, perSecond } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../store/key.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './QueueDrawer.module.css';
import { Section } from './Section.tsx';

const LABELS: Readonly<Record<keyof QueueCounters, string>> = {
  kicks: 'kicks',
  doorbells: 'doorbells, observed changes',
  interrupts: 'interrupts by the device',
  calls: 'calls by the engine',
  engineDescriptors: 'descriptors by the engine',
  deviceDescriptors: 'descriptors by the device',
};

export function Counters({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const history = usePanelState((state) => state.histories.get(id));
  const totals = history?.last.counters ?? queue.counters;
  return (
    <Section title="Counters">
      <table className={classes.counters}>
        <thead>
          <tr>
            <th scope="col">counted</th>
            <th scope="col">total</th>
            <th scope="col">per second</th>
          </tr>
        </thead>
        <tbody>
          {COUNTER_FIELDS.map((field) => (
            <tr key={field} data-counter={field}>
              <th scope="row">{LABELS[field]}</th>
              <td>{count(totals[field])}</td>
              <td>{perSecond(totals[field] === null ? null : rate(history?.kept, field))}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
