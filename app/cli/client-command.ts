/** What every command has in common that speaks to a running engine. */
import type { Command } from 'commander';

export interface ClientOptions {
  readonly control?: string;
  readonly url?: string;
}

export const clientCommand = (command: Command): Command =>
  command
    .option(
      '--control <path>',
      'control socket of the engine (default: $XDG_RUNTIME_DIR/doorbell/control.sock)',
    )
    .option(
      '--url <url>',
      'the panel URL with its token, as serve printed it, instead of the control socket',
    );
