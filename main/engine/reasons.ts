import { REASONS, type ReasonCode } from '../../app/contract/words.ts';
import type { Reason } from './state.ts';
import type { Turn } from './turn.ts';

const isReasonCode = (code: string): code is ReasonCode => Object.hasOwn(REASONS, code);

/** A port's error as a reason: its own code where the contract knows it, else `otherwise`. */
export function asReason(
  turn: Turn,
  error: { readonly code: string; readonly message: string },
  otherwise: ReasonCode,
): Reason {
  if (isReasonCode(error.code)) return turn.reason(error.code, error.message);
  return turn.reason(otherwise, `${error.message} (${error.code})`);
}
