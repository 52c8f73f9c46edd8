import type { Result } from '../../base/result.ts';

/** What is wrong with one field; `field` is spelled as in the layout. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * Sizes a body may have. `counted`: the size depends on a count in the body itself; `allows` says whether
 * this body is consistent with its own count.
 */
export type SizeRule =
  | { readonly kind: 'exact'; readonly bytes: number }
  | { readonly kind: 'one-of'; readonly sizes: readonly number[] }
  | {
      readonly kind: 'counted';
      readonly min: number;
      readonly max: number;
      readonly allows: (body: Uint8Array) => boolean;
    };

/**
 * One payload noun in both directions. `decode` is called only with a body that `size` allows; it checks
 * fields, never state, and never throws. `encode` is its inverse.
 */
export interface PayloadCodec<T> {
  /** Name of the layout as protocol documents spell it. */
  readonly layout: string;
  readonly size: SizeRule;
  decode(body: Uint8Array): Result<T, FieldError>;
  encode(value: T): Uint8Array;
}

export const exactly = (bytes: number): SizeRule => ({ kind: 'exact', bytes });

export function sizeAllows(rule: SizeRule, body: Uint8Array): boolean {
  switch (rule.kind) {
    case 'exact':
      return body.byteLength === rule.bytes;
    case 'one-of':
      return rule.sizes.includes(body.byteLength);
    case 'counted':
      return body.byteLength >= rule.min && body.byteLength <= rule.max && rule.allows(body);
  }
}

/** The rule in words: `8`, `8 or 16`, `40…264`. */
export function describeSize(rule: SizeRule): string {
  switch (rule.kind) {
    case 'exact':
      return String(rule.bytes);
    case 'one-of':
      return rule.sizes.join(' or ');
    case 'counted':
      return `${rule.min}…${rule.max}`;
  }
}
