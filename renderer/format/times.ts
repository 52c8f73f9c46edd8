/** Times as the panel prints them. All are UTC, so two people who compare screens see the same. */

const two = (value: number): string => value.toString().padStart(2, '0');

/** `13:42:07` */
export function clock(at: number): string {
  const date = new Date(at);
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** `13:42:07.204` */
export const clockMs = (at: number): string =>
  `${clock(at)}.${(Math.floor(at) % 1_000).toString().padStart(3, '0')}`;

/** A length of time in its largest fitting unit: `140 ms`, `1.2 s`, `41 s`, `3 min`, `3 h 12 min`, `11 d 4 h`. */
export function span(ms: number): string {
  if (ms < 0) return '0 ms';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Whole seconds and up, for ages that only have to be right to the second: `now`, `4 s`, `3 min`. */
export const age = (ms: number): string =>
  ms < 1_000 ? 'now' : span(Math.floor(ms / 1_000) * 1_000).replace('.0', '');
