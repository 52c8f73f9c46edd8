/** What a refused command means for the exit code: the call names what does not exist, or the engine will not. */
import type { CommandError } from '../contract/commands.ts';
import { CliError, EXIT } from './exit-codes.ts';

const WRONG: readonly string[] = ['invalid-input', 'unknown-session', 'unknown-queue', 'unknown-accelerator'];

export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

export function refusal({ code, message }: CommandError): CliError {
  if (!WRONG.includes(code)) return new CliError(EXIT.failed, sentence(message));
  return new CliError(EXIT.wrongCall, `${sentence(message)} "doorbell status" lists what there is.`);
}
