/** Numbers as the panel prints them. Unknown is an em dash, never 0. */

export const UNKNOWN = '—';
const NARROW_SPACE = '\u202f';

/** A count, grouped by U+202F from four digits on: `41 200`. */
export function count(value: number | null): string {
  if (value === null) return UNKNOWN;
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE);
}

/** Events per second; below ten with one digit, since 0.4 is not 0. */
export function perSecond(value: number | null): string {
  if (value === null) return UNKNOWN;
  return value > 0 && value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : count(value);
}

/** Hex grouped by four digits from five on: `0xfe00_3000`. */
export function hex(value: string | null): string {
  if (value === null) return UNKNOWN;
  const digits = value.replace(/^0x/, '');
  return `0x${digits.replace(/\B(?=(?:[0-9a-f]{4})+$)/g, '_')}`;
}

/** Nanoseconds as a person reads them: `38 µs`. */
export function nanoseconds(value: number | null): string {
  if (value === null) return UNKNOWN;
  if (value < 1_000) return `${Math.round(value)}${NARROW_SPACE}ns`;
  if (value < 1_000_000) return `${short(value / 1_000)}${NARROW_SPACE}µs`;
  return `${short(value / 1_000_000)}${NARROW_SPACE}ms`;
}

const short = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toString());

export const percent = (share: number | null): string =>
  share === null ? UNKNOWN : `${Math.round(share * 100)}${NARROW_SPACE}%`;

export const plural = (value: number, word: string): string =>
  `${count(value)} ${value === 1 ? word : `${word}s`}`;
