/** `doorbell queue assign`: another worker of the software path serves the queues. */
import type { ServiceClient } from '../contract/service.ts';
import { withEngine, type ConnectionOptions } from './connection.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import type { QueueRange } from './queue-range.ts';
import { refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

export interface QueueAssignOptions extends ConnectionOptions {
  readonly session: string;
  readonly range: QueueRange;
  readonly worker: number;
}

export async function runQueueAssign(options: QueueAssignOptions, terminal: Terminal): Promise<ExitCode> {
  const { session, range, worker } = options;
  return withEngine(options, async ({ client }) => {
    for (const index of range(await existing(client, session))) {
      const answer = await client.call('queue.assign', { session, index, worker });
      if (!answer.ok) throw refusal(answer.error);
      const { before } = answer.value;
      const undo = before === worker ? '' : ` Undo: doorbell queue assign ${session} ${index} ${before}`;
      terminal.out(`${session} queue ${index}: worker ${worker}, before that ${before}.${undo}`);
    }
    return EXIT.ok;
  });
}

/** Indices of the queues that the session has. */
export async function existing(client: ServiceClient, session: string): Promise<readonly number[]> {
  const status = await client.call('status.get', {});
  if (!status.ok) throw refusal(status.error);
  const found = status.value.sessions.find(({ name }) => name === session);
  if (found === undefined)
    throw new CliError(EXIT.wrongCall, `No endpoint is named ${session}. "doorbell status" lists them.`);
  return found.queues.map(({ index }) => index);
}
