import { asReason } from './reasons.ts';
import type { Turn } from './turn.ts';

/** The ring cannot go on until the front-end sets it up anew. */
export function breakRing(
  turn: Turn,
  index: number,
  error: { readonly code: string; readonly message: string },
): void {
  const reason = asReason(turn, error, 'ring-address-invalid');
  turn.patchQueue(index, { broken: true, reason, acknowledged: false });
  turn.log('warn', index, reason.code, reason.message);
}
