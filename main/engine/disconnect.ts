/**
 * The end of a session: the front-end treats it as the removal of every page, and everything that the session
 * held is let go, each id once.
 */
import { endWait } from './overdue.ts';
import { endOfGeneration } from './page.ts';
import type { QueueState } from './state.ts';
import { isRunning } from './rings.ts';
import type { Turn } from './turn.ts';

export function disconnect(turn: Turn): void {
  const { state } = turn;
  if (state.closed) return;
  turn.patch({ closed: true });
  turn.owe(null);
  for (const queue of state.queues) endQueue(turn, queue);
  if (state.backEnd.kind === 'open') turn.do({ kind: 'close-back-end' });
  const regions = [...(state.memory?.regions ?? []), ...(state.mapping?.regions ?? [])];
  turn.closeFds([...new Set(regions.map((one) => one.fd))]);
  if (state.memory !== null) turn.do({ kind: 'release-memory', memory: state.memory.id });
  for (const memory of state.retired) turn.do({ kind: 'release-memory', memory });
  for (const log of [...state.retiredLogs, ...(state.log === null ? [] : [state.log])])
    turn.do({ kind: 'release-log', log });
  turn.patch({
    memory: null,
    mapping: null,
    retired: [],
    log: null,
    retiredLogs: [],
    backEnd: { kind: 'none' },
  });
}

function endQueue(turn: Turn, queue: QueueState): void {
  const { index, page, removed } = queue;
  if (isRunning(queue) || queue.op !== null) turn.do({ kind: 'stop', id: turn.newEffect(), queue: index });
  turn.do({ kind: 'close-queue', queue: index });
  for (const notifier of [queue.kick, queue.call, queue.err])
    if (notifier.kind === 'fd') turn.do({ kind: 'close-fd', fd: notifier.fd });
  if (page.kind !== 'none') turn.do({ kind: 'close-area', area: page.area.id });
  if (removed !== null) turn.do({ kind: 'close-area', area: removed.id });
  const reason = endOfGeneration(turn, queue, 'the connection');
  endWait(turn, index);
  turn.patchQueue(index, {
    owner: { kind: 'nobody' },
    op: null,
    memory: null,
    page: { kind: 'none' },
    group: { kind: 'none' },
    removed: null,
    hold: null,
    look: null,
    guardPoll: false,
    logging: null,
    wrap: null,
    preparation: null,
    translation: null,
    kick: { kind: 'unset' },
    call: { kind: 'unset' },
    err: { kind: 'unset' },
    ...(reason === null ? {} : { reason, acknowledged: false }),
  });
}
