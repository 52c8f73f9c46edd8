/** Everything about one queue, beside the grid: how it runs now, why that is believed, and how it came to it. */
import { Tabs } from '@base-ui/react/tabs';
import { useEffect, useRef } from 'react';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { age } from '../../format/times.ts';
import { refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { describeOnce, engineClock } from '../../store/selectors.ts';
import { Badge, Pips } from '../../widgets/Badge.tsx';
import { Icon } from '../../widgets/Icon.tsx';
import { Key } from '../../widgets/Key.tsx';
import { Replaced } from '../../widgets/Replaced.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { otherThan, Switch } from '../../widgets/Switch.tsx';
import { drawerWords } from '../../words/drawer.ts';
import { useProposals } from '../Change/propose.ts';
import { usePanel, usePanelState } from '../panel-context.ts';
import { formatRoute, go, TABS, useRoute, type Tab } from '../route.ts';
import { useBlocked } from '../use-blocked.ts';
import { useNow } from '../use-now.ts';
import { Counters } from './Counters.tsx';
import { Evidence } from './Evidence.tsx';
import { Interrupt } from './Interrupt.tsx';
import { Json } from './Json.tsx';
import { LastMinute } from './LastMinute.tsx';
import { NotifyPage } from './NotifyPage.tsx';
import { PathDiagram } from './PathDiagram.tsx';
import classes from './QueueDrawer.module.css';
import { ReasonBox } from './ReasonBox.tsx';
import { Rings } from './Rings.tsx';
import { Transitions } from './Transitions.tsx';

export function QueueDrawer({ id }: { id: QueueKey }) {
  const panel = usePanel();
  const { screen, tab } = useRoute();
  const queue = usePanelState((state) => state.queues.get(id));
  const isLoading = usePanelState((state) => state.engine === null);
  const drawer = useRef<HTMLElement>(null);
  const { session, index } = refOf(id);

  useEffect(() => {
    const find = (selector: string) => drawer.current?.querySelector<HTMLElement>(selector);
    (find('[role=switch]') ?? find('button'))?.focus();
    return () => focusRow(id);
  }, [id]);

  // Grid and map ask for the counters of what they show and of this queue; the other screens show no queue.
  const isAlone = screen === 'trace' || screen === 'devices';
  useEffect(() => {
    if (isAlone) panel.watch([id]);
  }, [panel, id, isAlone]);

  // On map and trace the queue stays chosen.
  const onClose = (): void =>
    go({ screen, queue: screen === 'map' || screen === 'trace' ? id : null, tab: null });

  return (
    <aside
      ref={drawer}
      className={classes.drawer}
      aria-label={drawerWords.queue(session, index)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <header className={classes.head}>
        <h2 key={queue?.role} className={classes.title}>
          {session} q{index} {queue !== undefined && <span className={classes.role}>{queue.role}</span>}
        </h2>
        <span className={classes.ways}>
          {screen !== 'map' && (
            <a className={classes.way} href={formatRoute({ screen: 'map', queue: id, tab: null })}>
              <Icon name="map" size={14} /> {drawerWords.map}
            </a>
          )}
          {screen !== 'trace' && (
            <a className={classes.way} href={formatRoute({ screen: 'trace', queue: id, tab: null })}>
              <Icon name="trace" size={14} /> {drawerWords.trace}
            </a>
          )}
        </span>
        <button type="button" className={classes.close} aria-label={drawerWords.close} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      {queue !== undefined ? (
        <Body
          id={id}
          queue={queue}
          tab={tab ?? 'overview'}
          onTab={(next) => go({ screen, queue: id, tab: next })}
        />
      ) : (
        <p className={classes.gone}>{isLoading ? drawerWords.waiting : drawerWords.unknownQueue}</p>
      )}
    </aside>
  );
}

/** Back to where the operator came from, wherever that row stands now. */
function focusRow(id: QueueKey): void {
  const row = document.querySelector(`[data-row="${CSS.escape(id)}"]`);
  const target =
    row?.querySelector<HTMLElement>('[data-stop-of="switch"] button') ??
    document.querySelector<HTMLElement>('main [role="listbox"]');
  target?.focus();
}

interface BodyProps {
  readonly id: QueueKey;
  readonly queue: QueueSnapshot;
  readonly tab: Tab;
  readonly onTab: (tab: Tab) => void;
}

function Body({ id, queue, tab, onTab }: BodyProps) {
  return (
    <>
      <State id={id} queue={queue} />
      <Tabs.Root
        className={classes.tabs}
        value={tab}
        onValueChange={(value) => onTab(TABS.find((one) => one === value) ?? 'overview')}
      >
        <Tabs.List className={classes.tabList} aria-label={drawerWords.parts}>
          {TABS.map((one) => (
            <Tabs.Tab key={one} value={one} className={classes.tab}>
              {drawerWords.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel className={classes.body} value={tab} tabIndex={0}>
          <Part id={id} queue={queue} tab={tab} />
        </Tabs.Panel>
      </Tabs.Root>
    </>
  );
}

function Part({ id, queue, tab }: Omit<BodyProps, 'onTab'>) {
  switch (tab) {
    case 'overview':
      return (
        <>
          <PathDiagram queue={queue} id={id} />
          <ReasonBox id={id} queue={queue} />
          <Evidence queue={queue} />
          <LastMinute id={id} queue={queue} />
          <Counters id={id} queue={queue} />
        </>
      );
    case 'rings':
      return <Rings id={id} queue={queue} />;
    case 'notify':
      return <NotifyPage queue={queue} />;
    case 'interrupt':
      return <Interrupt id={id} queue={queue} />;
    case 'history':
      return <Transitions queue={queue} />;
    case 'json':
      return <Json id={id} queue={queue} />;
  }
}

function State({ id, queue }: { id: QueueKey; queue: QueueSnapshot }) {
  const { propose } = useProposals();
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
        onToggle={() => propose({ keys: [id], desired: otherThan(queue.desired), accelerator: null })}
      />
      <span className={classes.desired}>{queue.desired}</span>
      <Key>Space</Key>
      <span className={classes.actual} id="drawer-actual">
        <Badge description={description} />
        <Pips description={description} />
        {simulated && <SimTag />}
      </span>
      <Replaced
        className={classes.age}
        text={`g${queue.generation} · ${age(Math.max(0, engineNow - queue.since))}`}
      />
    </div>
  );
}
