/** The end of a connection: everything that belonged to it is undone, in one place, whatever ended it. */
import { err } from '../base/result.ts';
import type { VmmFailure } from './effects.ts';
import { initialState } from './state.ts';
import type { Turn } from './turn.ts';
import { forgetQueue } from './undo-areas.ts';

/**
 * Order of undoing: pages off, groups released, channels closed, the log of dirty pages dropped, then the callers told. The rings begin afresh
 * with the next connection, as nothing tells where a lost back-end stopped; not before, as it may still serve them.
 */
export function endConnection(turn: Turn, failure: VmmFailure): void {
  if (turn.state.link === 'disconnected') return;
  for (const index of turn.state.queues.keys()) forgetQueue(turn, index, 'disconnected');
  turn.do({ kind: 'stop-timer', timer: 'deadline' });
  turn.do({ kind: 'stop-timer', timer: 'late-answer' });
  turn.do({ kind: 'close-channels' });
  if (turn.state.logging) turn.do({ kind: 'drop-log' });

  const { operation, waiting, faults } = turn.state;
  const { guest } = turn.state;
  turn.set({ ...initialState(turn.config, faults), guest });
  turn.announce({ kind: 'disconnected', reason: failure.message });
  if (operation !== null) turn.complete(operation.id, err(failure));
  for (const { id } of waiting) turn.complete(id, err({ code: 'disconnected', message: failure.message }));
}
