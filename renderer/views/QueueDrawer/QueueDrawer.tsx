/** Everything about one queue, beside the grid: how it runs now, why that is believed, and how it came to it. */
import { useEffect, useRef } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { age } from '../../format/times.ts';
import { refOf, type QueueKey } from '../../store/key.ts';
import { describeOnce, engineClock } from '../../store/selectors.ts';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Key } from '../../widgets/Key.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { otherThan, Switch } from '../../widgets/Switch.tsx';
import { usePanel, usePanelState } from '../panel-context.ts';
import { go, useRoute } from '../route.ts';
import { useBlocked } from '../use-blocked.ts';
import { useNow } from '../use-now.ts';
import { Counters } from './Counters.tsx';
import { Evidence } from './Evidence.tsx';
import { LastMinute } from './LastMinute.tsx';
import { NotifyPage } from './NotifyPage.tsx';
import { PathDiagram } from './PathDiagram.tsx';
import classes from './QueueDrawer.module.css';
import { ReasonBox } from './ReasonBox.tsx';
import { Transitions } from './Transitions.tsx';

export function QueueDrawer({ id }: { id: QueueKey }) {
  const { screen } = useRoute();
  const queue = usePanelState((state) => state.queues.get(id));
  const isLoading = usePanelState((state) => state.engine === null);
  const drawer = useRef<HTMLElement>(null);
  const { session, index } = refOf(id);

  useEffect(() => {
    const find = (selector: string) => drawer.current?.querySelector<HTMLElement>(selector);
    (find('[role=switch]') ?? find('button'))?.focus();
    return () => focusRow(id);
  }, [id]);

  const onClose = (): void => go({ screen, queue: null });

  return (
    <aside
      ref={drawer}
      className={classes.drawer}
      aria-label={`Queue ${session} q${index}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <header className={classes.head}>
        <h2 className={classes.title}>
          {session} q{index} {queue !== undefined && <span className={classes.role}>{queue.role}</span>}
        </h2>
        <button type="button" className={classes.close} aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {queue !== undefined ? (
        <Body id={id} queue={queue} />
      ) : (
        <p className={classes.gone}>
          {isLoading ? 'Waiting for the engine’s first picture.' : 'The engine knows no such queue.'}
        </p>
      )}
    </aside>
  );
}

/** Back to where the operator came from, wherever that row stands now. */
function focusRow(id: QueueKey): void {
  const row = document.querySelector(`[data-row="${CSS.escape(id)}"]`);
  const target = row?.querySelector<HTMLElement>('[data-stop-of="switch"] button');
  target?.focus();
}

function Body({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  return (
    <>
      <State id={id} queue={queue} />
      <div className={classes.body} tabIndex={0} role="group" aria-label="Details">
        <PathDiagram queue={queue} id={id} />
        <ReasonBox id={id} queue={queue} />
        <Evidence queue={queue} />
        <LastMinute id={id} queue={queue} />
        <Counters id={id} queue={queue} />
        <NotifyPage queue={queue} />
        <Transitions queue={queue} />
      </div>
    </>
  );
}

function State({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const panel = usePanel();
  const blocked = useBlocked();
  const now = useNow(1_000);
  const engineNow = usePanelState((state) => engineClock(state, now));
  const asked = usePanelState((state) => state.asked.get(id));
  const simulated = usePanelState((state) =>
    state.accelerators.some((one) => one.simulated && one.id === queue.accelerator),
  );
  const description = describeOnce(queue);
  return (
    <div className={classes.state}>
      <Switch
        checked={queue.desired === 'accelerated'}
        pending={asked !== undefined && asked.error === null}
        label={`${id} accelerated`}
        describedBy="drawer-actual"
        blocked={blocked}
        onToggle={() => panel.setDesired(id, otherThan(queue.desired))}
      />
      <span className={classes.desired}>{queue.desired}</span>
      <Key>Space</Key>
      <span className={classes.actual} id="drawer-actual">
        <Badge description={description} />
        <Pips description={description} />
        {simulated && <SimTag />}
      </span>
      <span className={classes.age}>
        g{queue.generation} · {age(Math.max(0, engineNow - queue.since))}
      </span>
    </div>
  );
}
