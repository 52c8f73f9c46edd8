/**
 * Live migration as the front-end drives it: SET_LOG_BASE shares a bitmap of dirty pages, VHOST_F_LOG_ALL in
 * SET_FEATURES begins and ends the marking, live. Every ring is told before the front-end is answered. An
 * accelerator that cannot mark gives its rings back first (design rule 16) and gets them again afterwards.
 */
import { hasVirtio } from '../wire/virtio-features.ts';
import type { Report } from './events.ts';
import type { QueueLog, QueueState, SessionState } from './state.ts';
import type { Turn } from './turn.ts';

/** The front-end asked for every write to be marked. */
export const isLogging = (state: SessionState): boolean =>
  state.ackedFeatures !== null && hasVirtio(state.ackedFeatures, 'VHOST_F_LOG_ALL');

/** Whether this accelerator must not have a ring now: what it writes would not be marked. */
export function cannotLog(turn: Turn, accelerator: string): boolean {
  const known = turn.context.accelerators.find((one) => one.id === accelerator);
  return isLogging(turn.state) && known?.logsDirtyPages !== true;
}

function wantedLog(state: SessionState, { usedLog }: QueueState): QueueLog | null {
  return state.log !== null && isLogging(state) ? { log: state.log, used: usedLog } : null;
}

/** Tells each ring what it has to mark, where that changed. */
export function settleLogs(turn: Turn): void {
  if (turn.state.closed) return;
  for (const index of turn.affected()) {
    const queue = turn.queue(index);
    const { logging } = queue;
    const wanted = wantedLog(turn.state, queue);
    if (wanted?.log === logging?.log && wanted?.used === logging?.used) continue;
    turn.patchQueue(index, { logging: wanted });
    turn.do({ kind: 'set-log', queue: index, log: wanted?.log ?? null, used: wanted?.used ?? null });
  }
  releaseUnused(turn);
  if (isLogging(turn.state)) return;
  for (const index of turn.affected())
    if (turn.queue(index).reason?.code === 'migration-logging')
      turn.patchQueue(index, { reason: null, acknowledged: false });
}

/** An earlier bitmap that no ring marks in any more. */
function releaseUnused(turn: Turn): void {
  for (const log of turn.state.retiredLogs) turn.do({ kind: 'release-log', log });
  if (turn.state.retiredLogs.length > 0) turn.patch({ retiredLogs: [] });
}

/** A new bitmap replaces the one before; without one the front-end's migration would lose pages. */
export function logMapped(turn: Turn, report: Extract<Report, { readonly of: 'map-log' }>): void {
  const { log, retiredLogs, closed } = turn.state;
  if (closed) {
    if (report.result.ok) turn.do({ kind: 'release-log', log: report.result.value });
    return;
  }
  if (report.result.ok) {
    turn.patch({ log: report.result.value, retiredLogs: log === null ? retiredLogs : [...retiredLogs, log] });
    return;
  }
  const { code, message } = report.result.error;
  turn.do({
    kind: 'close-session',
    message: `The dirty log cannot be mapped, and SET_LOG_BASE cannot be refused: ${message} (${code})`,
  });
}

/** Told until it is accelerated again. */
export function noteLogging(turn: Turn, index: number, accelerator: string): void {
  if (turn.queue(index).reason?.code === 'migration-logging') return;
  const message = `The front-end logs dirty pages for a migration and ${accelerator} cannot; the engine serves the ring meanwhile`;
  turn.patchQueue(index, { reason: turn.reason('migration-logging', message), acknowledged: false });
  turn.log('note', index, 'migration-logging', message);
}
