/**
 * One encoding for every door: JSON objects, one per line on a stream socket, one per message on a
 * WebSocket or IPC channel.
 */
import { z } from 'zod';
import { CommandError, CommandName } from './commands.ts';
import { CountersEvent, PacedEvent, StateEvent } from './events.ts';

/** One on the screen in the making and one on its way: with one alone each of them would cost a way there and back. */
export const PACED_AHEAD = 2;

/**
 * Client → engine. `subscribe` starts the state and counters topics on this connection; again = resync. With `paced`
 * state comes as `paced` frames, at most PACED_AHEAD of which the client has not said `taken` to: what changes meanwhile
 * comes as one, so that a client is never further behind than what it is working on and what is on its way.
 */
export const ClientFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('call'), id: z.number().int(), name: CommandName, input: z.unknown() }).strict(),
  z.object({ kind: z.literal('subscribe'), paced: z.boolean().optional() }).strict(),
  z.object({ kind: z.literal('taken'), count: z.number().int().positive() }).strict(),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/** Engine → client. */
export const ServerFrame = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('result'), id: z.number().int(), ok: z.literal(true), value: z.unknown() }),
  z.object({ kind: z.literal('error'), id: z.number().int().nullable(), error: CommandError }),
  z.object({ kind: z.literal('state'), event: StateEvent }),
  z.object({ kind: z.literal('paced'), event: PacedEvent }),
  z.object({ kind: z.literal('counters'), event: CountersEvent }),
]);
export type ServerFrame = z.infer<typeof ServerFrame>;
