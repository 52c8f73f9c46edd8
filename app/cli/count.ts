/** Numbers of the command line. */
import { CliError, EXIT } from './exit-codes.ts';

export function parseCount(option: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max))
    throw new CliError(EXIT.wrongCall, `${option} ${text}: a number from ${min} to ${max} is wanted.`);
  return value;
}
