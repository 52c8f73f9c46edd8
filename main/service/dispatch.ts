/**
 * What each command of the table does. Input is already parsed: the doors do that, once, by the same table.
 * A new command without a row here does not compile.
 */
import type { CommandError, CommandInput, CommandName, CommandResult } from '../../app/contract/commands.ts';
import { COMMANDS } from '../../app/contract/commands.ts';
import type { QueueRef } from '../../app/contract/events.ts';
import { keyOf } from '../../app/contract/queue-key.ts';
import { err, ok, type Result } from '../base/result.ts';
import type { EnginePort } from './port.ts';
import type { Picture } from './picture.ts';
import { unitOf, type Unit } from './siblings.ts';

/** What a command may touch beside the engine. */
export interface CommandContext {
  readonly engine: EnginePort;
  readonly picture: Picture;
  readonly setReadOnly: (readOnly: boolean) => void;
  /** Withdraws everything; resolves when nothing is left. */
  readonly end: () => Promise<void>;
  readonly nextRequest: () => number;
  /** The counters topic of the connection that asks. */
  readonly subscribeCounters: (queues: readonly QueueRef[]) => void;
}

type Handlers = {
  readonly [N in CommandName]: (
    context: CommandContext,
    input: CommandInput<N>,
  ) => CommandResult<N> | Promise<CommandResult<N>>;
};

const DONE = ok({});

const done = (result: Result<void, CommandError>): Result<Record<string, never>, CommandError> =>
  result.ok ? DONE : result;

function takesSiblings({ accelerator, siblings }: Unit): CommandError {
  const names = siblings.map(({ session, index }) => keyOf(session, index)).join(', ');
  const message = `${accelerator} stops all of its queues as a unit; these would go to software too: ${names}`;
  return { code: 'takes-siblings', message };
}

const HANDLERS: Handlers = {
  'status.get': ({ picture }) => ok(picture.snapshot()),
  'queue.set': ({ engine, nextRequest }, input) => {
    const { session, index, desired, accelerator } = input;
    const unit = unitOf(engine, input);
    if (unit !== null && input.siblings !== true) return err(takesSiblings(unit));
    const request = nextRequest();
    const result = engine.setDesired({ session, index }, desired, accelerator, request);
    if (!result.ok) return result;
    for (const sibling of unit?.siblings ?? []) engine.setDesired(sibling, 'software', null, request);
    return ok({ request });
  },
  'queue.cancel': ({ engine, nextRequest }, queue) => done(engine.cancel(queue, nextRequest())),
  'queue.acknowledge': ({ engine }, queue) => done(engine.acknowledge(queue)),
  'queue.assign': ({ engine }, { session, index, worker }) => {
    const before = engine.assign({ session, index }, worker);
    return before.ok ? ok({ before: before.value }) : before;
  },
  'queue.statistics': ({ engine }, queue) => engine.statistics(queue),
  'settings.setReadOnly': ({ setReadOnly }, { readOnly }) => {
    setReadOnly(readOnly);
    return DONE;
  },
  'counters.subscribe': ({ subscribeCounters }, { queues }) => {
    subscribeCounters(queues);
    return DONE;
  },
  'engine.end': async ({ end }) => {
    await end();
    return DONE;
  },
};

/** Carries out one command. While read-only, whatever changes a queue or the engine is refused. */
export async function dispatch<N extends CommandName>(
  context: CommandContext,
  name: N,
  input: CommandInput<N>,
): Promise<CommandResult<N>> {
  if (COMMANDS[name].changes && context.picture.readOnly)
    return err({ code: 'read-only', message: 'The engine is switched to read-only; switch that off first.' });
  const handler: Handlers[N] = HANDLERS[name];
  return handler(context, input);
}
