/**
 * `apply(state, event) → state`: the only place where the panel's picture changes, pure and without React.
 * The engine's numbers are contiguous, so a gap is noticed, counted, and answered by waiting for a new snapshot
 * (`seq` null) instead of showing a picture with holes.
 */
import type { CommandError } from '../../app/contract/commands.ts';
import { describe } from '../../app/contract/describe.ts';
import type { CountersEvent, FeedEntry, SessionRecord, StateEvent } from '../../app/contract/events.ts';
import { COUNTERS_STRIDE, FEED_LIMIT } from '../../app/contract/events.ts';
import type { AcceleratorSnapshot, QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import type { LinkState } from '../bridge/transport.ts';
import type { Change } from './change.ts';
import { withFallbacks } from './fallbacks.ts';
import { extend, KEEP_MS, sampleOf } from './history.ts';
import { keyOf, refOf, type QueueKey } from '../../app/contract/queue-key.ts';
import type { Asked, AwayReport, PanelState, Rates } from './state.ts';

export type PanelEvent =
  | { readonly kind: 'state'; readonly event: StateEvent; readonly at: number }
  | { readonly kind: 'counters'; readonly event: CountersEvent; readonly at: number }
  | { readonly kind: 'link'; readonly link: LinkState }
  | { readonly kind: 'heard'; readonly at: number }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'paced'; readonly eventsPerSecond: number }
  | {
      readonly kind: 'asked';
      readonly key: QueueKey;
      readonly desired: Desired;
      readonly at: number;
      readonly before: Rates;
    }
  /** The engine took the request; what comes of it is seen in the state. `request` is null for a cancel. */
  | { readonly kind: 'taken'; readonly key: QueueKey; readonly request: number | null }
  | { readonly kind: 'refused'; readonly key: QueueKey; readonly error: CommandError }
  | { readonly kind: 'shown'; readonly key: QueueKey }
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'change-over'; readonly id: number }
  | { readonly kind: 'acknowledged'; readonly keys: readonly QueueKey[] }
  | { readonly kind: 'away-read' };

export function apply(state: PanelState, event: PanelEvent): PanelState {
  switch (event.kind) {
    case 'state':
      return event.event.kind === 'snapshot'
        ? applySnapshot(state, event.event, event.at)
        : applyChange(state, event.event);
    case 'counters':
      return applyCounters(state, event.event, event.at);
    case 'link':
      return applyLink(state, event.link);
    case 'heard':
      return { ...state, heardAt: event.at };
    case 'unreadable':
      return { ...state, unreadable: state.unreadable + 1 };
    case 'paced':
      return state.eventsPerSecond === event.eventsPerSecond
        ? state
        : { ...state, eventsPerSecond: event.eventsPerSecond };
    case 'asked': {
      const { desired, at, before } = event;
      return {
        ...state,
        asked: put(state.asked, event.key, { desired, at, before, error: null }),
        change: sentOf(state.change, event.key, null),
      };
    }
    case 'taken':
      return {
        ...state,
        asked: settle(state.asked, state.queues),
        change: event.request === null ? state.change : sentOf(state.change, event.key, event.request),
      };
    case 'refused': {
      const asked = state.asked.get(event.key);
      if (asked === undefined) return state;
      return { ...state, asked: put(state.asked, event.key, { ...asked, error: event.error }) };
    }
    case 'shown':
      return { ...state, measured: without(state.measured, event.key) };
    case 'change':
      return { ...state, change: event.change };
    case 'change-over':
      return state.change?.id === event.id ? { ...state, change: { ...state.change, isOver: true } } : state;
    case 'acknowledged':
      return {
        ...state,
        fallbacks: new Map([...state.fallbacks].filter(([key]) => !event.keys.includes(key))),
      };
    case 'away-read':
      return { ...state, away: null };
  }
}

function sentOf(change: Change | null, key: QueueKey, request: number | null): Change | null {
  return change?.targets.has(key) === true && change.sent.get(key) !== request
    ? { ...change, sent: put(change.sent, key, request) }
    : change;
}

function applySnapshot(
  state: PanelState,
  event: Extract<StateEvent, { kind: 'snapshot' }>,
  now: number,
): PanelState {
  const queues = new Map<QueueKey, QueueSnapshot>();
  const order = new Map<string, readonly QueueKey[]>();
  const sessions: SessionRecord[] = [];
  for (const { queues: own, ...session } of event.snapshot.sessions) {
    sessions.push({ ...session, queueCount: own.length });
    for (const queue of own) queues.set(keyOf(session.name, queue.index), queue);
    const keys = own.map((queue) => keyOf(session.name, queue.index));
    order.set(session.name, sameKeys(state.order.get(session.name), keys));
  }
  const { version, pid, startedAt, readOnly, accelerators } = event.snapshot;
  return {
    ...state,
    engine: { version, pid, startedAt },
    readOnly,
    seq: event.seq,
    frozenAt: null,
    sessions,
    queues,
    order,
    accelerators,
    feed: event.feed.slice(-FEED_LIMIT),
    histories: new Map([...state.histories].filter(([key]) => queues.has(key))),
    asked: settle(state.asked, queues),
    fallbacks: withFallbacks(state.fallbacks, queues),
    away: awayReport(state, queues, now) ?? state.away,
  };
}

function applyChange(state: PanelState, event: Extract<StateEvent, { kind: 'changed' }>): PanelState {
  if (state.seq === null) return state;
  if (event.seq <= state.seq) return state;
  if (event.seq !== state.seq + 1) {
    return { ...state, seq: null, dropped: state.dropped + (event.seq - state.seq - 1) };
  }
  const sessions = mergeSessions(state.sessions, event.sessions, event.removed);
  let { queues, order, asked, measured, histories, fallbacks } = state;
  if (event.queues.length > 0 || event.removed.length > 0 || event.sessions.length > 0) {
    const next = new Map(queues);
    for (const { session, queue } of event.queues) next.set(keyOf(session, queue.index), queue);
    queues = next;
    // Most changes move queues that are there already.
    if (next.size !== state.queues.size || event.removed.length > 0 || event.sessions.length > 0) {
      queues = trim(next, sessions);
      order = orderOf(state.order, sessions, queues);
    }
    measured = reached(state, event.queues);
    fallbacks = withFallbacks(fallbacks, queues, event.queues);
    asked = settle(asked, queues);
    if (queues.size < histories.size) histories = new Map([...histories].filter(([key]) => next.has(key)));
  }
  const accelerators = mergeById(state.accelerators, event.accelerators);
  return {
    ...state,
    seq: event.seq,
    readOnly: event.readOnly,
    sessions,
    queues: accelerators === state.accelerators ? queues : withHolders(queues, accelerators),
    order,
    asked,
    measured,
    fallbacks,
    histories,
    accelerators,
    feed: mergeFeed(state.feed, event.feed),
  };
}

function applyCounters(state: PanelState, event: CountersEvent, now: number): PanelState {
  const histories = new Map(state.histories);
  event.queues.forEach((ref, place) => {
    const key = keyOf(ref.session, ref.index);
    if (!state.queues.has(key)) return;
    const sample = sampleOf(event.at, event.values, place * COUNTERS_STRIDE);
    histories.set(key, extend(histories.get(key), sample, phaseOf(ref.index)));
  });
  return { ...state, histories, loopDelayMs: event.loopDelayMs, skewMs: event.at - now };
}

/** Neighbours in the grid stand next to each other in time too: each tick redraws the rates of a few rows. */
const PHASES = 5;
const phaseOf = (index: number): number => (index % PHASES) * (KEEP_MS / PHASES);

/** While the link is lost nothing is dropped from the picture: it freezes, and its age is shown. */
function applyLink(state: PanelState, link: LinkState): PanelState {
  const lost = link.kind === 'lost' && state.engine !== null && state.frozenAt === null;
  return {
    ...state,
    link,
    seq: link.kind === 'connected' ? null : state.seq,
    frozenAt: lost ? (state.heardAt ?? link.since) : state.frozenAt,
  };
}

function awayReport(
  state: PanelState,
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
  now: number,
): AwayReport | null {
  const lostAt = state.frozenAt;
  if (lostAt === null) return null;
  const changes: AwayReport['changes'][number][] = [];
  for (const [key, queue] of queues) {
    const before = state.queues.get(key);
    const is = describe(queue).label;
    const was = before === undefined ? 'not there' : describe(before).label;
    if (was !== is) changes.push({ key, was, is });
  }
  for (const [key, queue] of state.queues) {
    if (!queues.has(key)) changes.push({ key, was: describe(queue).label, is: 'gone' });
  }
  return { lostAt, backAt: now, changes };
}

/** A request is settled once the engine's own record says the same. A refused one stays until asked again. */
function settle(
  asked: ReadonlyMap<QueueKey, Asked>,
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
): ReadonlyMap<QueueKey, Asked> {
  if (asked.size === 0) return asked;
  const open = [...asked].filter(([key, request]) => {
    const queue = queues.get(key);
    return queue !== undefined && (request.error !== null || queue.desired !== request.desired);
  });
  return open.length === asked.size ? asked : new Map(open);
}

const NO_RATES: Rates = { kicks: null, doorbells: null };

/** Queues that this window asked to change and that now run as asked: their change can be measured. */
function reached(
  state: PanelState,
  changed: readonly { readonly session: string; readonly queue: QueueSnapshot }[],
): PanelState['measured'] {
  let measured = state.measured;
  for (const { session, queue } of changed) {
    const key = keyOf(session, queue.index);
    const asked = state.asked.get(key);
    if (asked !== undefined && queue.desired === asked.desired)
      measured = put(measured, key, { before: asked.before, reachedAt: null });
    else if (measured.get(key)?.reachedAt === null && describe(queue).asDesired === true)
      measured = put(measured, key, {
        before: measured.get(key)?.before ?? NO_RATES,
        reachedAt: queue.since,
      });
    else if (measured.has(key) && describe(queue).asDesired === false && describe(queue).word !== 'STEP')
      measured = without(measured, key);
  }
  return measured;
}

function mergeSessions(
  sessions: readonly SessionRecord[],
  changed: readonly SessionRecord[],
  removed: readonly string[],
): readonly SessionRecord[] {
  if (changed.length === 0 && removed.length === 0) return sessions;
  const byName = new Map(sessions.map((session) => [session.name, session]));
  for (const session of changed) byName.set(session.name, session);
  for (const name of removed) byName.delete(name);
  return [...byName.values()];
}

function mergeById<T extends { readonly id: string }>(
  old: readonly T[],
  changed: readonly T[],
): readonly T[] {
  if (changed.length === 0) return old;
  const byId = new Map(old.map((item) => [item.id, item]));
  for (const item of changed) byId.set(item.id, item);
  return [...byId.values()];
}

/**
 * A queue's record tells how many hold its group, and one more holder changes the records of all the others. The
 * engine sends the accelerator, which names them all, instead of hundreds of queues for each change.
 */
function withHolders(
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
  accelerators: readonly AcceleratorSnapshot[],
): ReadonlyMap<QueueKey, QueueSnapshot> {
  const holders = new Map(accelerators.map(({ id, group }) => [id, group?.holders.length]));
  let next: Map<QueueKey, QueueSnapshot> | null = null;
  for (const [key, queue] of queues) {
    const now = queue.accelerator === null ? undefined : holders.get(queue.accelerator);
    if (queue.group === null || now === undefined || queue.group.holders === now) continue;
    next ??= new Map(queues);
    next.set(key, { ...queue, group: { ...queue.group, holders: now } });
  }
  return next ?? queues;
}

const mergeFeed = (old: readonly FeedEntry[], added: readonly FeedEntry[]): readonly FeedEntry[] =>
  added.length === 0 ? old : [...old, ...added].slice(-FEED_LIMIT);

/** Drops queues of sessions that are gone, and those beyond a session's count. */
function trim(
  queues: Map<QueueKey, QueueSnapshot>,
  sessions: readonly SessionRecord[],
): ReadonlyMap<QueueKey, QueueSnapshot> {
  const expected = sessions.reduce((sum, session) => sum + session.queueCount, 0);
  if (queues.size === expected) return queues;
  const counts = new Map(sessions.map((session) => [session.name, session.queueCount]));
  for (const [key, queue] of queues) {
    if (queue.index >= (counts.get(refOf(key).session) ?? 0)) queues.delete(key);
  }
  return queues;
}

function orderOf(
  old: PanelState['order'],
  sessions: readonly SessionRecord[],
  queues: ReadonlyMap<QueueKey, QueueSnapshot>,
): PanelState['order'] {
  const next = new Map<string, readonly QueueKey[]>();
  let changed = old.size !== sessions.length;
  for (const { name, queueCount } of sessions) {
    const keys: QueueKey[] = [];
    for (let index = 0; index < queueCount; index++)
      if (queues.has(keyOf(name, index))) keys.push(keyOf(name, index));
    const same = sameKeys(old.get(name), keys);
    changed ||= same !== old.get(name);
    next.set(name, same);
  }
  return changed ? next : old;
}

/** The old array where it says the same, so that selectors see no change. */
function sameKeys(old: readonly QueueKey[] | undefined, next: readonly QueueKey[]): readonly QueueKey[] {
  return old?.length === next.length && next.every((key, place) => key === old[place]) ? old : next;
}

function put<K, V>(map: ReadonlyMap<K, V>, key: K, value: V): ReadonlyMap<K, V> {
  return new Map(map).set(key, value);
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  if (!map.has(key)) return map;
  const next = new Map(map);
  next.delete(key);
  return next;
}
