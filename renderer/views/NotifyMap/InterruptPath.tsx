/** The return path: device or engine, call eventfd, guest vector. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { UNKNOWN } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce } from '../../store/selectors.ts';
import { checkWords } from '../../words/map.ts';
import { usePanelState } from '../panel-context.ts';
import classes from './Checks.module.css';
import lane from './Lane.module.css';

const LINK = 18;

export function InterruptPath({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const { interrupt } = describeOnce(queue);
  const field = interrupt === 'direct' ? 'interrupts' : 'calls';
  const value = usePanelState((state) => rate(state.histories.get(id)?.kept, field));
  const isDirect = interrupt === 'direct';
  const isProven = queue.interruptEvidence >= 3;
  const style =
    interrupt === 'none' ? lane.asked : isProven ? (isDirect ? lane.proven : lane.served) : lane.acknowledged;
  const call =
    queue.callIdentity?.replace('eventfd:', 'id ') ?? (queue.call === 'none' ? checkWords.noCallFd : UNKNOWN);
  const engine = interrupt === 'none' ? UNKNOWN : checkWords.engine;
  const owner = isDirect ? (queue.accelerator ?? checkWords.device) : engine;
  return (
    <div className={classes.interrupt}>
      <h3>{checkWords.interruptPath(queue.index)}</h3>
      {/* Another owner or call fd is another picture: its parts have other widths. */}
      <div className={classes.way} key={`${owner} ${call}`}>
        <Stop title={owner} text={isDirect ? checkWords.device : checkWords.worker} />
        <Joint style={style} isDouble={isProven} />
        <Stop title={call} text={checkWords.callEventfd} />
        <Joint style={style} isDouble={isProven} />
        <Stop title={checkWords.vector} text={checkWords.guest} />
      </div>
      <p className={classes.rate}>
        <b>{checkWords.paths[interrupt]}</b>
        {interrupt !== 'none' && checkWords.interruptRate(value, field, isProven)}
      </p>
    </div>
  );
}

function Stop({ title, text }: { title: string; text: string }) {
  return (
    <span className={classes.stop}>
      <b>{title}</b>
      <span>{text}</span>
    </span>
  );
}

function Joint({ style, isDouble }: { style: string | undefined; isDouble: boolean }) {
  return (
    <svg width={LINK} height={12} aria-hidden="true">
      <path className={style} d={isDouble ? `M0 4h${LINK}M0 8h${LINK}` : `M0 6h${LINK}`} />
    </svg>
  );
}
