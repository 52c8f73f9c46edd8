/** `doorbell queue statistics`: what the software path did for queues, read live. */
import type { QueueStatistics } from '../contract/statistics.ts';
import { withEngine, type ConnectionOptions } from './connection.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { existing } from './queue-assign.ts';
import type { QueueRange } from './queue-range.ts';
import { refusal } from './refusal.ts';
import type { Terminal } from './terminal.ts';

export interface QueueStatisticsOptions extends ConnectionOptions {
  readonly session: string;
  readonly range: QueueRange;
  readonly json?: boolean;
}

export async function runQueueStatistics(
  options: QueueStatisticsOptions,
  terminal: Terminal,
): Promise<ExitCode> {
  const { session, range } = options;
  return withEngine(options, async ({ client }) => {
    const queues: (QueueStatistics & { readonly index: number })[] = [];
    for (const index of range(await existing(client, session))) {
      const answer = await client.call('queue.statistics', { session, index });
      if (!answer.ok) throw refusal(answer.error);
      queues.push({ index, ...answer.value });
    }
    if (options.json === true) terminal.out(JSON.stringify({ session, queues }, null, 2));
    else for (const queue of queues) for (const line of lines(queue)) terminal.out(line);
    return EXIT.ok;
  });
}

function lines({ index, ...queue }: QueueStatistics & { readonly index: number }): readonly string[] {
  const { kicks, kicksSuppressed, calls, callsSuppressed, chains, frames, bytes, batches, drops } = queue;
  const sizes = batches.filter(({ count }) => count > 0).map(({ atLeast, count }) => `${atLeast}+: ${count}`);
  const dropped = Object.entries(drops).map(([reason, count]) => `${reason} ${count}`);
  return [
    `queue ${index}: ${chains} chains, ${frames} frames, ${bytes} bytes`,
    `  kicks ${kicks}, batches without one ${kicksSuppressed}; calls ${calls}, batches without one ${callsSuppressed}`,
    `  batches by chains  ${sizes.length > 0 ? sizes.join('  ') : 'none'}`,
    `  dropped            ${dropped.length > 0 ? dropped.join(', ') : 'nothing'}`,
  ];
}
