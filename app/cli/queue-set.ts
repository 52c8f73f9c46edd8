/** `doorbell queue set`: sends the wish for each queue and waits for what comes of it. */
import { describe } from '../contract/describe.ts';
import { REMEDIES } from '../contract/remedies.ts';
import type { QueueSnapshot } from '../contract/snapshot.ts';
import { wrapWords } from '../contract/wrap-words.ts';
import { withEngine, type Connection, type ConnectionOptions } from './connection.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import type { QueueRange } from './queue-range.ts';
import { isFallenBack, verdict, type Verdict, type Wish } from './queue-verdict.ts';
import { QueueWatch } from './queue-watch.ts';
import { refusal, sentence } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** Without --wait a started queue is given this long: every step of the engine ends sooner. */
const SETTLE_SECONDS = 5;
const MS = 1000;

export interface QueueSetOptions extends ConnectionOptions, Wish {
  readonly session: string;
  readonly range: QueueRange;
  /** Queues that their device stops together with these may go to software. */
  readonly siblings: boolean;
  /** Seconds; null: do not wait for queues that are not started. */
  readonly wait: number | null;
}

type Records = ReadonlyMap<number, QueueSnapshot>;

export async function runQueueSet(options: QueueSetOptions, terminal: Terminal): Promise<ExitCode> {
  return withEngine(options, async (connection) => {
    const watch = new QueueWatch(connection, options.session);
    await watch.next(SETTLE_SECONDS * MS);
    const indices = meant(watch, options);
    const before = new Map(watch.records);
    for (const index of indices) await wish(connection, index, options);
    return worst(await settle(watch, before, indices, options, terminal));
  });
}

/** The queues that the call means; a name or an index that does not exist ends it before anything changed. */
function meant(watch: QueueWatch, { session, range }: QueueSetOptions): readonly number[] {
  if (watch.lost) throw new CliError(EXIT.failed, 'The engine ended.');
  if (!watch.exists)
    throw new CliError(EXIT.wrongCall, `No endpoint is named ${session}. "doorbell status" lists them.`);
  const indices = range([...watch.records.keys()]);
  const missing = indices.find((index) => !watch.records.has(index));
  if (missing !== undefined)
    throw new CliError(
      EXIT.wrongCall,
      `${session} has no queue ${missing}: it has ${watch.records.size}, counted from 0.`,
    );
  return indices;
}

async function wish({ client }: Connection, index: number, options: QueueSetOptions): Promise<void> {
  const { session, desired, on, siblings } = options;
  const answer = await client.call('queue.set', { session, index, desired, accelerator: on, siblings });
  if (!answer.ok) throw refusal(answer.error);
}

async function settle(
  watch: QueueWatch,
  before: Records,
  indices: readonly number[],
  options: QueueSetOptions,
  terminal: Terminal,
): Promise<readonly ExitCode[]> {
  const deadline = Date.now() + (options.wait ?? SETTLE_SECONDS) * MS;
  const open = new Set(indices);
  const codes: ExitCode[] = [];
  for (;;) {
    for (const index of open) {
      const code = settled(watch.records.get(index), before.get(index), options, terminal);
      if (code === null) continue;
      open.delete(index);
      codes.push(code);
    }
    const left = deadline - Date.now();
    if (open.size === 0 || left <= 0) break;
    await watch.next(left);
    if (watch.lost) throw new CliError(EXIT.failed, 'The engine ended while it was waited for.');
  }
  for (const index of open) codes.push(tellLate(watch.records.get(index), index, options, terminal));
  return codes;
}

/** The queue's part of the exit code once it is clear, having said why; null while it is not. */
function settled(
  queue: QueueSnapshot | undefined,
  before: QueueSnapshot | undefined,
  options: QueueSetOptions,
  terminal: Terminal,
): ExitCode | null {
  if (queue === undefined) return null;
  const now = verdict(queue, before ?? null, options);
  const isAcceptedOnly = options.wait === null && !queue.started && queue.desired === options.desired;
  return now === 'pending' && !isAcceptedOnly ? null : tell(queue, now, options.session, terminal);
}

const named = (session: string, queue: QueueSnapshot): string =>
  `${session} queue ${queue.index} (${queue.role})`;

function tell(queue: QueueSnapshot, now: Verdict, session: string, terminal: Terminal): ExitCode {
  const name = named(session, queue);
  switch (now) {
    case 'fell-back':
      terminal.error(`${name} fell back to ${queue.phase}. ${why(queue)}`);
      return EXIT.fellBack;
    case 'pending':
      terminal.out(`${name}: ${queue.desired} is wanted; the queue is not started yet.`);
      return EXIT.ok;
    case 'reached':
      terminal.out(`${name}: ${describe(queue).label}, evidence ${queue.evidence}. ${describe(queue).path}`);
      return EXIT.ok;
  }
}

function tellLate(
  queue: QueueSnapshot | undefined,
  index: number,
  { session, desired }: QueueSetOptions,
  terminal: Terminal,
): ExitCode {
  if (queue === undefined) {
    terminal.error(`${session} queue ${index} is gone.`);
    return EXIT.timedOut;
  }
  // It never moved after this wish, and shows the reason of an earlier one: that reason holds.
  if (desired === 'accelerated' && queue.desired === desired && isFallenBack(queue))
    return tell(queue, 'fell-back', session, terminal);
  const state = queue.started ? describe(queue).label : 'not started';
  const reason = queue.contradiction?.message ?? (wrap(queue) || why(queue));
  const rest = reason === '' ? 'It stays wanted; "doorbell status" shows what comes of it.' : reason;
  terminal.error(`${named(session, queue)} is not ${desired} yet: ${state}. ${rest}`);
  return EXIT.timedOut;
}

function why({ reason }: QueueSnapshot): string {
  return reason === null ? '' : `${reason.code}: ${sentence(reason.message)} ${REMEDIES[reason.code]}`;
}

/** A device that starts rings at index 0 only has to wait for it. */
function wrap({ step }: QueueSnapshot): string {
  return step?.name === 'wrap' ? `It stays wanted. ${sentence(wrapWords(step))}` : '';
}

/** Of several queues: a definite failure says more than a late one. */
function worst(codes: readonly ExitCode[]): ExitCode {
  if (codes.includes(EXIT.fellBack)) return EXIT.fellBack;
  return codes.includes(EXIT.timedOut) ? EXIT.timedOut : EXIT.ok;
}
