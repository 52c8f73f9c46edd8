/** The lanes of one VM under their heads: only those in sight exist, the arrows go through all of them. */
import { useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { laneOf } from '../../format/notify/lane-of.ts';
import type { NotifyFacts } from '../../format/notify/facts.ts';
import { keyOf, type QueueKey } from '../../../app/contract/queue-key.ts';
import { mapWords } from '../../words/map.ts';
import { usePanel } from '../panel-context.ts';
import { LANE, windowOf, WIDTH } from './geometry.ts';
import { LaneRow, laneId } from './LaneRow.tsx';
import { usePan } from './use-pan.ts';
import { MapHeads } from './MapHeads.tsx';
import classes from './NotifyMap.module.css';

interface LanesProps {
  readonly session: string;
  readonly facts: readonly NotifyFacts[];
  readonly chosen: QueueKey | null;
  readonly zoom: number;
  readonly onChoose: (id: QueueKey) => void;
  readonly onOpen: (id: QueueKey) => void;
  readonly onZoom: (steps: number) => void;
}

const PAGE = 8;
/** Pixels of one press of an arrow to the side. */
const PAN = 80;

export function Lanes({ session, facts, chosen, zoom, onChoose, onOpen, onZoom }: LanesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 640 });
  const { start, end } = windowOf(facts.length, view.top / zoom, view.height / zoom, LANE);
  const place = facts.findIndex(({ queue }) => keyOf(session, queue.index) === chosen);
  const lanes = useMemo(
    () =>
      facts.slice(start, end).map((one) => {
        const lane = laneOf(one);
        const to = facts.findIndex(({ queue }) => queue.index === lane.crossing);
        const own = facts.indexOf(one);
        return { lane, place: own, crossingBy: to < 0 ? null : to - own };
      }),
    [facts, start, end],
  );
  useWatched(session, facts, start, end, place);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const read = (): void => setView({ top: element.scrollTop, height: element.clientHeight });
    read();
    const observer = new ResizeObserver(read);
    observer.observe(element);
    element.addEventListener('scroll', read, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', read);
    };
  }, []);

  // A lane that was chosen by key or by link comes into sight.
  useEffect(() => {
    const element = scroller.current;
    if (element === null || place < 0) return;
    const top = place * LANE * zoom;
    const heads = 48 * zoom;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + LANE * zoom > element.scrollTop + element.clientHeight - heads)
      element.scrollTop = top + LANE * zoom - element.clientHeight + heads;
  }, [place, zoom]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const across = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (across !== 0) {
      scroller.current?.scrollBy({ left: across * PAN });
      event.preventDefault();
      return;
    }
    const to = placeFor(event.key, Math.max(0, place), facts.length);
    if (event.key === 'Enter' && chosen !== null) onOpen(chosen);
    else if (to !== null) {
      const target = facts[place < 0 ? 0 : to];
      if (target !== undefined) onChoose(keyOf(session, target.queue.index));
    } else return;
    event.preventDefault();
  };

  usePan(scroller, onZoom);

  const isMounted = place >= start && place < end;
  return (
    <div
      ref={scroller}
      className={classes.lanes}
      role="listbox"
      aria-label={mapWords.pathsOf(session)}
      aria-activedescendant={isMounted && chosen !== null ? laneId(chosen) : undefined}
      tabIndex={0}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" style={{ minWidth: WIDTH, zoom }}>
        <MapHeads facts={facts[0] ?? null} />
        <div className={classes.canvas} role="presentation" style={{ height: facts.length * LANE }}>
          {lanes.map(({ lane, place: own, crossingBy }) => {
            const id = keyOf(session, lane.index);
            return (
              <LaneRow
                key={id}
                id={id}
                lane={lane}
                place={own}
                total={facts.length}
                isChosen={id === chosen}
                crossingBy={crossingBy}
                onChoose={onChoose}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}

function placeFor(key: string, place: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return Math.min(last, place + 1);
    case 'ArrowUp':
    case 'k':
      return Math.max(0, place - 1);
    case 'PageDown':
      return Math.min(last, place + PAGE);
    case 'PageUp':
      return Math.max(0, place - PAGE);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return null;
  }
}

/** Counters are asked for the lanes in sight and for the chosen one, which has its own panel. */
function useWatched(
  session: string,
  facts: readonly NotifyFacts[],
  start: number,
  end: number,
  chosen: number,
): void {
  const panel = usePanel();
  const text = facts
    .filter((_, place) => (place >= start && place < end) || place === chosen)
    .map(({ queue }) => queue.index)
    .join();
  useEffect(() => {
    const keys = text === '' ? [] : text.split(',').map((index) => keyOf(session, Number(index)));
    const timer = setTimeout(() => panel.watch(keys), 100);
    return () => clearTimeout(timer);
  }, [panel, session, text]);
}
