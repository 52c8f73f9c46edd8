/** `doorbell status`: a table, or the documented JSON. */
import { status } from '../contract/status.ts';
import { withEngine, type ConnectionOptions } from './connection.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { statusTable } from './status-table.ts';
import type { Terminal } from './terminal.ts';

export interface StatusOptions extends ConnectionOptions {
  readonly json?: boolean | undefined;
}

export async function runStatus(options: StatusOptions, terminal: Terminal): Promise<ExitCode> {
  const answer = await withEngine(options, ({ client }) => client.call('status.get', {}));
  if (!answer.ok) throw new CliError(EXIT.failed, answer.error.message);
  if (options.json === true) terminal.out(JSON.stringify(status(answer.value)));
  else for (const line of statusTable(answer.value)) terminal.out(line);
  return EXIT.ok;
}
