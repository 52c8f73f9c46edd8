/** What `doorbell serve` prints about each state event: JSON objects for programs, or lines for people. Pure. */
import type { FeedEntry, StateEvent } from '../contract/events.ts';
import { statusLink, statusQueue } from '../contract/status.ts';

type Changed = Extract<StateEvent, { kind: 'changed' }>;

/** One object per thing that changed, in an order in which each can be understood when it comes. */
export function eventObjects(event: Changed, readOnlyBefore: boolean): readonly object[] {
  return [
    ...event.removed.map((session) => ({ event: 'removed', session })),
    ...event.sessions.map((session) => ({ event: 'session', session: statusLink(session) })),
    ...event.queues.map(({ session, queue }) => ({ event: 'queue', session, queue: statusQueue(queue) })),
    ...event.accelerators.map((accelerator) => ({ event: 'accelerator', accelerator })),
    ...event.feed.map((entry) => ({ event: 'log', ...entry })),
    ...(event.readOnly === readOnlyBefore ? [] : [{ event: 'read-only', readOnly: event.readOnly }]),
  ];
}

/** `16:40:01.123 warn vm0 q1 page-refused: …` in local time. */
export function feedLine({ at, severity, session, queue, code, message }: FeedEntry): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()]
    .map((n) => String(n).padStart(2, '0'))
    .join(':');
  const milliseconds = String(date.getMilliseconds()).padStart(3, '0');
  const place = [session, queue === null ? null : `q${queue}`].filter((part) => part !== null).join(' ');
  const text = code === 'transition' ? message : `${code}: ${message}`;
  return [`${time}.${milliseconds}`, severity, place, text].filter((part) => part !== '').join(' ');
}
