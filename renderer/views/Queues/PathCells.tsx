/** Group and Notify region in the words of `describe`, their ids and addresses set off. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { QueueKey } from '../../store/key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { queueWords } from '../../words/queues.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Row.module.css';

export function GroupCell({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const { group } = describeOnce(queue);
  const isSimulated = usePanelState((state) =>
    state.accelerators.some((one) => one.simulated && one.id === state.queues.get(id)?.accelerator),
  );
  return (
    <td className={queue.group === null ? classes.none : undefined} data-cell="group" title={group}>
      <GroupWords key={group} words={group} id={queue.group?.id ?? null} isSimulated={isSimulated} />
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
export function NotifyCell({ queue }: { queue: QueueSnapshot }) {
  const { notifyRegion: words } = describeOnce(queue);
  const at = words.indexOf('@');
  const end = words.lastIndexOf(' ');
  return (
    <td className={at < 0 ? classes.none : undefined} data-cell="notify-region" title={words}>
      <span key={words}>
        {at < 0 ? words : words.slice(0, at)}
        {at >= 0 && <span className={classes.mono}>{words.slice(at, end)}</span>}
        {at >= 0 && words.slice(end)}
      </span>
    </td>
  );
}
