/** One queue on 28 pixels: desired and actual side by side, never sharing a colour or an element. */
import { memo, useMemo, type ReactNode } from 'react';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { Sparkline } from '../../widgets/Sparkline.tsx';
import { otherThan, Switch } from '../../widgets/Switch.tsx';
import { perSecond, UNKNOWN } from '../../format/numbers.ts';
import { age } from '../../format/times.ts';
import { rate, series } from '../../store/history.ts';
import { refOf, type QueueKey } from '../../store/key.ts';
import { describeOnce, engineClock, progressOf } from '../../store/selectors.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { useNow } from '../use-now.ts';
import classes from './Grid.module.css';
import { ReasonCell } from './ReasonCell.tsx';

export interface QueueRowProps {
  readonly id: QueueKey;
  readonly place: number;
  readonly apart: boolean;
  /** Which of the row's stops the Tab key reaches, if this is the active row. */
  readonly stop: string | null;
  readonly selected: boolean;
  readonly open: boolean;
  readonly blocked: string | null;
  readonly onOpen: (key: QueueKey) => void;
  readonly onSelect: (key: QueueKey) => void;
}

export const actualId = (key: QueueKey): string => `actual-${encodeURIComponent(key)}`;

export const QueueRow = memo(function QueueRow(props: QueueRowProps) {
  const { id, place, apart, stop, selected, open, blocked } = props;
  const panel = usePanel();
  const queue = usePanelState((state) => state.queues.get(id));
  const asked = usePanelState((state) => state.asked.get(id));
  const simulated = usePanelState((state) =>
    state.accelerators.some((one) => one.simulated && one.id === state.queues.get(id)?.accelerator),
  );
  const { session, index } = refOf(id);
  const isFrozen = usePanelState(
    (state) => state.sessions.find((one) => one.name === session)?.state === 'lost',
  );
  if (queue === undefined) return null;
  const description = describeOnce(queue);
  const name = `${session} q${index} ${queue.role}`;
  const pending = asked !== undefined && asked.error === null;
  const tab = (which: string): number => (stop === which ? 0 : -1);
  return (
    <tr
      className={classes.queue}
      aria-rowindex={place + 2}
      aria-selected={selected}
      data-row={id}
      data-queue={id}
      data-open={open}
      data-frozen={isFrozen}
    >
      <td className={classes.select}>
        <input
          type="checkbox"
          className={classes.checkbox}
          checked={selected}
          onChange={() => props.onSelect(id)}
          tabIndex={tab('select')}
          data-stop="select"
          aria-label={`select ${name}`}
        />
      </td>
      <th scope="row" className={classes.name}>
        <button
          type="button"
          className={classes.opener}
          tabIndex={tab('name')}
          data-stop="name"
          aria-label={`details of ${name}`}
          onClick={() => props.onOpen(id)}
        >
          {apart && <span className={classes.vm}>{session} </span>}
          <span className={classes.index}>q{index}</span>
        </button>
      </th>
      <td className={classes.role}>{queue.role}</td>
      <td>
        <span className={classes.desired}>
          <SwitchStop stop="switch">
            <Switch
              checked={queue.desired === 'accelerated'}
              pending={pending}
              label={`${name} accelerated`}
              describedBy={actualId(id)}
              blocked={blocked}
              tabIndex={tab('switch')}
              onToggle={() => panel.setDesired(id, otherThan(queue.desired))}
            />
          </SwitchStop>
          <span data-cell="desired">{queue.desired}</span>
        </span>
      </td>
      <td>
        <span className={classes.actual} id={actualId(id)}>
          <Badge description={description} />
          <Pips description={description} />
        </span>
      </td>
      <td
        className={queue.group === null ? classes.none : undefined}
        data-cell="group"
        title={description.group}
      >
        <GroupWords
          key={description.group}
          words={description.group}
          id={queue.group?.id ?? null}
          simulated={simulated}
        />
      </td>
      <td
        className={description.notifyRegion === 'unmapped' ? classes.none : undefined}
        data-cell="notify-region"
        title={description.notifyRegion}
      >
        <NotifyRegion key={description.notifyRegion} words={description.notifyRegion} />
      </td>
      <Rates id={id} />
      <ProgressCell id={id} />
      <ReasonCell
        id={id}
        simulated={simulated}
        onCancel={blocked === null ? panel.cancel : null}
        stop={stop}
      />
    </tr>
  );
});

/** Marks the switch as a stop of the row without the widget knowing about rows. */
function SwitchStop({ stop, children }: { stop: string; children: ReactNode }) {
  return (
    <span className={classes.stop} data-stop-of={stop}>
      {children}
    </span>
  );
}

/** `attached s1 · 4 queues`; a group that is simulated has its id in the dashed frame of everything simulated. */
function GroupWords({ words, id, simulated }: { words: string; id: string | null; simulated: boolean }) {
  if (id === null || !simulated) return words;
  const at = words.indexOf(id);
  return (
    <>
      {words.slice(0, at)}
      <span className={classes.simulated} title="simulated group">
        {id}
      </span>
      {words.slice(at + id.length)}
    </>
  );
}

/** `mapped @0x3000 g7`, its address in the face of addresses. */
function NotifyRegion({ words }: { words: string }) {
  const at = words.indexOf('@');
  if (at < 0) return words;
  const end = words.lastIndexOf(' ');
  return (
    <>
      {words.slice(0, at)}
      <span className={classes.mono}>{words.slice(at, end)}</span>
      {words.slice(end)}
    </>
  );
}

const Rates = memo(function Rates({ id }: { id: QueueKey }) {
  const isDown = usePanelState((state) => state.queues.get(id)?.phase === 'down');
  const kept = usePanelState((state) => state.histories.get(id)?.kept);
  const kicks = useMemo(() => rate(kept, 'kicks'), [kept]);
  const doorbells = useMemo(() => rate(kept, 'doorbells'), [kept]);
  const points = useMemo(() => series(kept, 'doorbells'), [kept]);
  const known = points.some((point) => point.value !== null);
  return (
    <>
      <td className={classes.number} data-cell="kicks">
        <Rate value={isDown ? null : kicks} />
      </td>
      <td>
        <span className={classes.bells}>
          <span className={classes.number} data-cell="doorbells">
            <Rate value={isDown ? null : doorbells} />
          </span>
          {known && <Sparkline points={points} />}
        </span>
      </td>
    </>
  );
});

function Rate({ value }: { value: number | null }) {
  return (
    <Replaced text={perSecond(value)} className={value === null || value === 0 ? classes.zero : undefined} />
  );
}

const ProgressCell = memo(function ProgressCell({ id }: { id: QueueKey }) {
  const now = useNow(1_000);
  const text = usePanelState((state) => {
    const queue = state.queues.get(id);
    if (queue === undefined) return 'unknown|';
    const engineNow = engineClock(state, now);
    const progress = progressOf(queue, state.histories.get(id), engineNow);
    const since = progress.kind === 'idle' || progress.kind === 'stalled' ? progress.since : null;
    return `${progress.kind}|${since === null ? '' : age(engineNow - since)}`;
  });
  const [kind = 'unknown', since = ''] = text.split('|');
  return (
    <td className={classes.progress}>
      <span key={text} className={PROGRESS_CLASS.get(kind)}>
        {kind === 'unknown' ? UNKNOWN : <Icon name={kind === 'moving' ? 'moving' : 'still'} size={12} />}
        {kind === 'unknown' ? '' : ` ${kind} ${since}`}
      </span>
    </td>
  );
});

const PROGRESS_CLASS: ReadonlyMap<string, string | undefined> = new Map([
  ['idle', classes.none],
  ['unknown', classes.none],
  ['stalled', classes.stalled],
]);
