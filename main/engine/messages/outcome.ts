import type { EffectId } from '../ids.ts';

/**
 * What a handler made of a message. `done` is acknowledged if the front-end asked for it; `later` once the
 * named effects reported and the named rings are where the message wants them. Handlers close what fds they do
 * not keep.
 */
export type Outcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'reply'; readonly frame: Uint8Array }
  | { readonly kind: 'refused'; readonly field: string; readonly message: string }
  | {
      readonly kind: 'later';
      readonly waits: readonly EffectId[];
      readonly queues: readonly number[];
      readonly baseOf: number | null;
      /** An explicit reply; without one the message is acknowledged if that was asked for. */
      readonly frame?: Uint8Array;
    };

export const done: Outcome = { kind: 'done' };
export const reply = (frame: Uint8Array): Outcome => ({ kind: 'reply', frame });
export const refused = (field: string, message: string): Outcome => ({ kind: 'refused', field, message });
export const later = (
  queues: readonly number[],
  waits: readonly EffectId[] = [],
  baseOf: number | null = null,
): Extract<Outcome, { readonly kind: 'later' }> => ({ kind: 'later', waits, queues, baseOf });
