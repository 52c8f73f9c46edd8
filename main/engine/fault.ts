/**
 * A device that reports a fault serves nothing more: the engine takes its rings at once (design rule 16), guards
 * those whose page is still mapped, and removes the page. It is not tried again before somebody asks or the guest
 * starts its ring anew: a broken device would only break again.
 */
import { takeBack } from './rings.ts';
import type { Turn } from './turn.ts';

export function deviceFailed(turn: Turn, accelerator: string, message: string): void {
  for (const { index, owner, op } of turn.state.queues) {
    if (owner.kind !== 'accelerator' || owner.id !== accelerator) continue;
    const reason = turn.reason('device-fault', `${accelerator} reported a fault: ${message}`);
    turn.patchQueue(index, { settled: 'software', reason, acknowledged: false });
    turn.log('error', index, reason.code, reason.message);
    if (op === null) takeBack(turn, index);
  }
}
