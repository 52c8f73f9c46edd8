/**
 * The command table: name, input and result of everything a door can ask. Every door validates against it
 * and the Service implements exactly these, so no command exists in one shell and not in the other.
 */
import { z } from 'zod';
import { QueueRef } from './events.ts';
import { EngineSnapshot } from './snapshot.ts';
import { QueueStatistics } from './statistics.ts';
import { Desired, ErrorCode } from './words.ts';

const Nothing = z.object({}).strict();
const Done = z.object({});

export const COMMANDS = {
  /** Counters and evidence are read live for this answer. */
  'status.get': { changes: false, input: Nothing, output: EngineSnapshot },
  /**
   * Sets desired. On a queue that fell back, `accelerated` is a retry. Answers at once: what comes of it
   * is seen in the state topic. A queue that leaves a device which cannot stop one queue alone takes its siblings there
   * to software: `takes-siblings`, naming them, unless `siblings` says that they may.
   */
  'queue.set': {
    changes: true,
    input: z
      .object({
        ...QueueRef.shape,
        desired: Desired,
        accelerator: z.string().nullable(),
        siblings: z.boolean().optional(),
      })
      .strict(),
    output: z.object({ request: z.number().int() }),
  },
  /** Ends a change in progress by undoing it; desired becomes software. */
  'queue.cancel': { changes: true, input: QueueRef.strict(), output: Done },
  /** The operator has seen that the queue fell back. */
  'queue.acknowledge': { changes: true, input: QueueRef.strict(), output: Done },
  /**
   * Another worker of the software path serves the queue from now on, until its session ends; what it serves goes on
   * without a gap. `before` is the worker that did: to assign it again undoes the change.
   */
  'queue.assign': {
    changes: true,
    input: z.object({ ...QueueRef.shape, worker: z.number().int().nonnegative() }).strict(),
    output: z.object({ before: z.number().int().nonnegative() }),
  },
  /** Read live. `not-connected` where the queue never had a ring in this session. */
  'queue.statistics': { changes: false, input: QueueRef.strict(), output: QueueStatistics },
  'settings.setReadOnly': {
    changes: false,
    input: z.object({ readOnly: z.boolean() }).strict(),
    output: Done,
  },
  /** Which queues the counters topic of this connection carries. Replaces the earlier list. */
  'counters.subscribe': {
    changes: false,
    input: z.object({ queues: z.array(QueueRef).max(4096) }).strict(),
    output: Done,
  },
  /** Withdraws every mapping and ends the engine. */
  'engine.end': { changes: true, input: Nothing, output: Done },
} as const;

export type CommandName = keyof typeof COMMANDS;
export type CommandInput<N extends CommandName> = z.infer<(typeof COMMANDS)[N]['input']>;
export type CommandOutput<N extends CommandName> = z.infer<(typeof COMMANDS)[N]['output']>;
export const CommandName = z.enum(Object.keys(COMMANDS) as [CommandName, ...CommandName[]]);

export const CommandError = z.object({ code: ErrorCode, message: z.string() });
export type CommandError = z.infer<typeof CommandError>;
export type CommandResult<N extends CommandName> =
  | { readonly ok: true; readonly value: CommandOutput<N> }
  | { readonly ok: false; readonly error: CommandError };
