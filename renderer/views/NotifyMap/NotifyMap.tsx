/** The notify map: where every notification of one VM's queues goes, and the first hop that is other than it should be. */
import { useMemo, useState } from 'react';
import { Toggle } from '@base-ui/react/toggle';
import { ToggleGroup } from '@base-ui/react/toggle-group';
import type { SessionRecord } from '../../../app/contract/events.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { count as group } from '../../format/numbers.ts';
import { factsOf } from '../../format/notify/facts.ts';
import { keyOf, refOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { count, runsOtherwise } from '../../store/selectors.ts';
import { Button } from '../../widgets/Button.tsx';
import { Glyph } from '../../widgets/Glyph.tsx';
import { SimTag } from '../../widgets/SimTag.tsx';
import { mapWords } from '../../words/map.ts';
import { shellWords } from '../../words/shell.ts';
import { usePanelState } from '../panel-context.ts';
import { clausesOf, firstClause } from '../Queues/Headline.tsx';
import headline from '../Queues/Headline.module.css';
import toolbar from '../Queues/Toolbar.module.css';
import { go, useRoute } from '../route.ts';
import { Checks } from './Checks.tsx';
import { ExplanationCard } from './ExplanationCard.tsx';
import { LaneTable } from './LaneTable.tsx';
import { Lanes } from './Lanes.tsx';
import { Legend } from './Legend.tsx';
import { MemoryBar } from './MemoryBar.tsx';
import classes from './NotifyMap.module.css';
import { useQueuesOf } from './use-facts.ts';
import { useZoom } from './use-zoom.ts';

const FILTERS = ['all', 'mismatches'] as const;
type Filter = (typeof FILTERS)[number];

export default function NotifyMap() {
  const sessions = usePanelState((state) => state.sessions);
  const isLoading = usePanelState((state) => state.engine === null);
  const { queue } = useRoute();
  const wanted = queue === null ? null : refOf(queue).session;
  const session =
    sessions.find(({ name }) => name === wanted) ??
    sessions.find(({ state }) => state === 'connected') ??
    sessions[0];
  if (session === undefined)
    return (
      <header className={headline.headline}>
        <h1 className={headline.sentence}>{isLoading ? shellWords.connecting : shellWords.noEndpoint}</h1>
      </header>
    );
  return <SessionMap key={session.name} session={session} route={queue} />;
}

function SessionMap({ session, route }: { session: SessionRecord; route: QueueKey | null }) {
  const { name } = session;
  const [filter, setFilter] = useState<Filter>('all');
  const [isTable, setTable] = useState(false);
  const zoom = useZoom();
  const queues = useQueuesOf(name);
  const all = useMemo(() => factsOf(session, queues), [session, queues]);
  const shown = useMemo(
    () => (filter === 'all' ? all : all.filter((one) => runsOtherwise(one.queue))),
    [all, filter],
  );
  const chosen =
    all.find(({ queue }) => keyOf(name, queue.index) === route) ??
    all.find(({ queue }) => runsOtherwise(queue)) ??
    all[0] ??
    null;
  const chosenKey = chosen === null ? null : keyOf(name, chosen.queue.index);
  const choose = (queue: QueueKey): void => go({ screen: 'map', queue, tab: null });
  return (
    <>
      <Head session={session} queues={queues} />
      <div className={toolbar.toolbar}>
        <ToggleGroup
          className={`${toolbar.chips ?? ''} ${classes.chips ?? ''}`}
          aria-label={mapWords.show}
          value={[filter]}
          onValueChange={(pressed) => setFilter(FILTERS.find((one) => pressed.includes(one)) ?? 'all')}
        >
          <Toggle value="all" className={toolbar.chip}>
            {mapWords.all} <span className={toolbar.value}>{group(all.length)}</span>
          </Toggle>
          <Toggle value="mismatches" className={toolbar.chip}>
            {mapWords.mismatches}{' '}
            <span className={toolbar.value}>
              {group(all.filter((one) => runsOtherwise(one.queue)).length)}
            </span>
          </Toggle>
        </ToggleGroup>
        <span className={classes.zoom} role="group" aria-label={mapWords.zoom}>
          <Button look="quiet" label={mapWords.zoomOut} onPress={zoom.out}>
            −
          </Button>
          <span className={classes.zoomValue}>{Math.round(zoom.value * 100)} %</span>
          <Button look="quiet" label={mapWords.zoomIn} onPress={zoom.in}>
            +
          </Button>
        </span>
        <Button look="link" pressed={isTable} onPress={() => setTable(!isTable)}>
          {isTable ? mapWords.asMap : mapWords.asTable}
        </Button>
        <Legend />
      </div>
      <div className={classes.middle}>
        <div className={classes.left}>
          {shown.length === 0 ? (
            <p className={classes.nothing}>{all.length === 0 ? mapWords.noQueues : mapWords.noMismatch}</p>
          ) : isTable ? (
            <LaneTable session={name} facts={shown} />
          ) : (
            <Lanes
              session={name}
              facts={shown}
              chosen={chosenKey}
              zoom={zoom.value}
              onZoom={zoom.by}
              onChoose={choose}
              onOpen={(queue) => go({ screen: 'map', queue, tab: 'overview' })}
            />
          )}
          {chosen !== null && chosenKey !== null && !isTable && (
            <ExplanationCard
              key={chosenKey}
              id={chosenKey}
              facts={chosen}
              zoom={zoom.value}
              isBelow={chosen === shown.at(-1)}
            />
          )}
        </div>
        {chosen !== null && chosenKey !== null && <Checks id={chosenKey} facts={chosen} />}
      </div>
      <MemoryBar memory={session.memory} queue={chosen?.queue ?? null} />
    </>
  );
}

function Head({ session, queues }: { session: SessionRecord; queues: readonly QueueSnapshot[] }) {
  const sessions = usePanelState((state) => state.sessions);
  const counts = useMemo(() => count(queues), [queues]);
  const first = firstClause(counts);
  const clauses = clausesOf(counts, 0);
  return (
    <header className={headline.headline}>
      <h1 className={headline.sentence} data-headline="">
        <span key={[first, ...clauses.map(({ text }) => text)].join()}>
          {session.name} {session.simulated && <SimTag />}
          <span className={headline.dot}> · </span>
          {first}
          {clauses.map(({ text, shape, tone }) => (
            <span key={text} className={`${headline.clause ?? ''} ${headline[tone] ?? ''}`}>
              <span className={headline.dot}> · </span>
              <Glyph shape={shape} tone={tone} size={14} />
              {text}
            </span>
          ))}
        </span>
      </h1>
      {sessions.length > 1 && (
        <select
          className={classes.pick}
          aria-label={mapWords.vm}
          value={session.name}
          onChange={(event) => go({ screen: 'map', queue: keyOf(event.target.value, 0), tab: null })}
        >
          {sessions.map(({ name }) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </header>
  );
}
