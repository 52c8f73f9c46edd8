/** Group and Notify region in the words of `describe`, their ids and addresses set off. */
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { queueWords } from '../../words/queues.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Row.module.css';
import { useDescribed } from './use-described.ts';

export function GroupCell({ id }: { id: QueueKey }) {
  const words = useDescribed(id, ({ group }) => group) ?? '';
  const group = usePanelState((state) => state.queues.get(id)?.group?.id ?? null);
  const isSimulated = usePanelState((state) =>
    state.accelerators.some((one) => one.simulated && one.id === state.queues.get(id)?.accelerator),
  );
  return (
    <td
      role="gridcell"
      className={group === null ? classes.noWords : classes.clipped}
      data-cell="group"
      title={words}
    >
      <GroupWords key={words} words={words} id={group} isSimulated={isSimulated} />
    </td>
  );
}

/** `attached s1 · 4 queues`; a group that is simulated has its id in the dashed frame of everything simulated. */
function GroupWords({ words, id, isSimulated }: { words: string; id: string | null; isSimulated: boolean }) {
  if (id === null || !isSimulated) return words;
  const at = words.indexOf(id);
  return (
    <>
      {words.slice(0, at)}
      <abbr className={classes.simulated} title={queueWords.simulatedGroup}>
        {id}
      </abbr>
      {words.slice(at + id.length)}
    </>
  );
}

/** `mapped @0x3000 g7`, its address in the face of addresses. */
export function NotifyCell({ id }: { id: QueueKey }) {
  const words = useDescribed(id, ({ notifyRegion }) => notifyRegion) ?? '';
  const at = words.indexOf('@');
  const end = words.lastIndexOf(' ');
  return (
    <td
      role="gridcell"
      className={at < 0 ? classes.noWords : classes.clipped}
      data-cell="notify-region"
      title={words}
    >
      {/* A new generation changes the last text alone, at whose left nothing moves. */}
      <span key={at < 0 ? words : words.slice(0, end)}>
        {at < 0 ? words : words.slice(0, at)}
        {at >= 0 && <span className={classes.mono}>{words.slice(at, end)}</span>}
        {at >= 0 && words.slice(end)}
      </span>
    </td>
  );
}
