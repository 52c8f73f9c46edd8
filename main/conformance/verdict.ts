/** What a check comes to, and what each of its steps may end it with. */
import { err, type Result } from '../base/result.ts';

/** The back-end did otherwise than the specification says; `message` says what came, against what was expected. */
export interface Finding {
  readonly kind: 'finding';
  readonly message: string;
}
/** The check has no subject here: a feature that is not offered, a device that has no such ring. */
export interface NotApplicable {
  readonly kind: 'not-applicable';
  readonly reason: string;
}
export type Verdict = { readonly kind: 'pass' } | Finding | NotApplicable;

/** One step of a check: its value, or the verdict that ends the check. */
export type Step<T> = Result<T, Finding | NotApplicable>;

export const PASS: Verdict = { kind: 'pass' };
export const finding = (message: string): Finding => ({ kind: 'finding', message });
export const notApplicable = (reason: string): NotApplicable => ({ kind: 'not-applicable', reason });

export const fail = (message: string): Step<never> => err(finding(message));
export const skip = (reason: string): Step<never> => err(notApplicable(reason));

/** Pass where the step succeeded, whatever its value. */
export const verdictOf = (step: Step<unknown>): Verdict => (step.ok ? PASS : step.error);

/** What a person is told of it; null for a pass. */
export function messageOf(verdict: Verdict): string | null {
  switch (verdict.kind) {
    case 'pass':
      return null;
    case 'finding':
      return verdict.message;
    case 'not-applicable':
      return verdict.reason;
  }
}
