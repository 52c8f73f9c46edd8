/** `INDEX` of `queue set`: one index, a range `A-B`, or `all`. */
import { CliError, EXIT } from './exit-codes.ts';

/** The indices that are meant, of those that the session has; an index that it lacks is passed on and refused there. */
export type QueueRange = (existing: readonly number[]) => readonly number[];

export function parseRange(text: string): QueueRange {
  if (text === 'all') return (existing) => [...existing].sort((a, b) => a - b);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : Number(match[2]);
  if (match === null || last < first)
    throw new CliError(
      EXIT.wrongCall,
      `"${text}" is no queue index: give a number, a range like 0-3, or all.`,
    );
  return () => Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
