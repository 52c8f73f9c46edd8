/**
 * A queue asks its front-end for one thing at a time. One whose earlier request was never answered cannot go on, and
 * says so until the answer comes.
 */
import { hasOutstanding, hasOverdue } from './outstanding.ts';
import type { Turn } from './turn.ts';

/** No answer is waited for any more. */
export function endWait(turn: Turn, index: number): void {
  if (turn.queue(index).reason?.code === 'answer-missing')
    turn.patchQueue(index, { reason: null, acknowledged: false });
}

/** Whether nothing that was asked for this queue is still to be answered. */
export function mayAsk(turn: Turn, index: number): boolean {
  if (!hasOutstanding(turn.state, index)) {
    endWait(turn, index);
    return true;
  }
  if (hasOverdue(turn.state, index) && turn.queue(index).reason === null) {
    const message =
      'The front-end has not answered an earlier request of this queue; the change waits for that';
    turn.patchQueue(index, { reason: turn.reason('answer-missing', message), acknowledged: false });
    turn.log('warn', index, 'answer-missing', message);
  }
  return false;
}
