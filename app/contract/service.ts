/**
 * The one interface that every door exposes and every view and the CLI use. In the engine's process it is
 * the service itself; elsewhere it is `app/remote` over a socket: attaching costs the views nothing.
 */
import type { CommandInput, CommandName, CommandResult } from './commands.ts';
import type { CountersEvent, StateEvent } from './events.ts';

export interface Subscription {
  dispose(): void;
}

/** One client's connection to the service: subscriptions are its own. */
export interface ServiceClient {
  call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>>;
  /** The first event is a snapshot. `resync` asks for a new one after a gap. */
  onState(listener: (event: StateEvent) => void): Subscription;
  resync(): void;
  /** Until `release` state waits here instead of at whoever listens, and comes then as one event. */
  hold(): void;
  release(): void;
  /** At most 20 per second, only for the queues of `counters.subscribe`. A slow reader gets the newest. */
  onCounters(listener: (event: CountersEvent) => void): Subscription;
  dispose(): void;
}

export interface Service {
  connect(): ServiceClient;
}
