/** The commands about queues of a running engine, as people type them. */
import type { Command } from 'commander';
import { clientCommand, type ClientOptions } from './client-command.ts';
import { parseDesired } from './endpoint-spec.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { runQueueAssign } from './queue-assign.ts';
import { parseRange } from './queue-range.ts';
import { runQueueSet } from './queue-set.ts';
import { runQueueStatistics } from './queue-statistics.ts';
import type { Terminal } from './terminal.ts';

const MAX_WAIT_SECONDS = 86_400;

function parseWait(text: string | undefined): number | null {
  if (text === undefined) return null;
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(seconds <= MAX_WAIT_SECONDS))
    throw new CliError(EXIT.wrongCall, `--wait ${text}: seconds from 0 to ${MAX_WAIT_SECONDS} are wanted.`);
  return seconds;
}

function parseWorker(text: string): number {
  if (!/^\d{1,2}$/.test(text))
    throw new CliError(EXIT.wrongCall, `"${text}" is no worker: give its number, from 0.`);
  return Number(text);
}

export function addQueueCommands(
  program: Command,
  terminal: Terminal,
  finish: (code: ExitCode) => void,
): void {
  const queue = program.command('queue').description('Change queues.');
  clientCommand(queue.command('set'))
    .description(
      'Move queues to an accelerator or back to software. On a queue that fell back, accelerated is a retry.',
    )
    .argument('<session>', 'name of the endpoint')
    .argument('<index>', 'queue index, a range like 0-3, or all')
    .argument('<desired>', 'accelerated or software')
    .option('--on <accelerator>', 'id of the accelerator to use')
    .option('--with-siblings', 'let the queues go along that their device stops together with these')
    .option('--wait <seconds>', 'wait this long, also for queues that are not started')
    .addHelpText(
      'after',
      '\nExit codes: 0 as desired, 2 wrong call, 3 fell back (reason on stderr), 4 timed out, 1 no engine.',
    )
    .action(
      async (
        session: string,
        index: string,
        desired: string,
        given: ClientOptions & { on?: string; withSiblings?: boolean; wait?: string },
      ) =>
        finish(
          await runQueueSet(
            {
              session,
              range: parseRange(index),
              desired: parseDesired(desired),
              on: given.on ?? null,
              siblings: given.withSiblings ?? false,
              wait: parseWait(given.wait),
              control: given.control,
              url: given.url,
            },
            terminal,
          ),
        ),
    );
  clientCommand(queue.command('assign'))
    .description('Let another worker of the software path serve queues, while they run.')
    .argument('<session>', 'name of the endpoint')
    .argument('<index>', 'queue index, a range like 0-3, or all')
    .argument('<worker>', 'number of the worker, from 0 (see --workers of serve)')
    .action(async (session: string, index: string, worker: string, given: ClientOptions) =>
      finish(
        await runQueueAssign(
          { session, range: parseRange(index), worker: parseWorker(worker), ...given },
          terminal,
        ),
      ),
    );
  clientCommand(queue.command('statistics'))
    .description('Show batches, kicks, calls and drops of queues, as the software path served them.')
    .argument('<session>', 'name of the endpoint')
    .argument('<index>', 'queue index, a range like 0-3, or all')
    .option('--json', 'print the documented JSON')
    .action(async (session: string, index: string, given: ClientOptions & { json?: boolean }) =>
      finish(await runQueueStatistics({ session, range: parseRange(index), ...given }, terminal)),
    );
}
