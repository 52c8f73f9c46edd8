/**
 * What is known of a queue denies what was acknowledged for it. A contradiction takes the proof back, is told
 * once, and stands until the notify path changes; the engine guard-polls the ring meanwhile (`step.ts`).
 */
import type { ContradictionCode } from '../../app/contract/words.ts';
import type { Turn } from './turn.ts';

/** A mapping that is gone explains kicks and silence, so it replaces what they were taken for. */
const EXPLAINS_OTHERS: ContradictionCode = 'mapping-vanished';

/** Records it unless something is on record already that says as much. */
export function contradict(turn: Turn, index: number, code: ContradictionCode, message: string): void {
  const { contradiction, proof } = turn.queue(index);
  if (contradiction !== null && (code !== EXPLAINS_OTHERS || contradiction.code === code)) return;
  turn.patchQueue(index, {
    contradiction: { code, message, at: turn.now },
    proof: { ...proof, notifyProven: false },
  });
  turn.log('warn', index, code, message);
}
