/** The return path: device or engine, call eventfd, guest vector. */
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { perSecond, UNKNOWN } from '../../format/numbers.ts';
import { rate } from '../../store/history.ts';
import type { QueueKey } from '../../store/key.ts';
import { describeOnce } from '../../store/selectors.ts';
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
    queue.callIdentity?.replace('eventfd:', 'id ') ?? (queue.call === 'none' ? 'no call fd' : UNKNOWN);
  return (
    <div className={classes.interrupt}>
      <h3>Interrupt path, q{queue.index}</h3>
      <div className={classes.way}>
        <Stop
          title={isDirect ? (queue.accelerator ?? 'device') : interrupt === 'none' ? UNKNOWN : 'engine'}
          text={isDirect ? 'device' : 'worker'}
        />
        <Joint style={style} isDouble={isProven} />
        <Stop title={call} text="call eventfd" />
        <Joint style={style} isDouble={isProven} />
        <Stop title={`vector ${UNKNOWN}`} text="guest" />
      </div>
      <p className={classes.rate}>
        <b>{interrupt === 'none' ? 'NONE' : isDirect ? 'DIRECT' : 'ENGINE'}</b>
        {interrupt !== 'none' &&
          ` · ${perSecond(value)} ${field}/s · ${isProven ? 'proven' : 'not yet proven'}`}
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
