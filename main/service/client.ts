/** One connection to the service inside the engine's own process. Its subscriptions end with it. */
import type { CommandInput, CommandName, CommandResult } from '../../app/contract/commands.ts';
import type { CountersEvent, QueueRef, StateEvent } from '../../app/contract/events.ts';
import type { ServiceClient, Subscription } from '../../app/contract/service.ts';
import type { Disposable } from '../base/disposable.ts';
import type { CountersTopic } from './counters-topic.ts';
import { dispatch, type CommandContext } from './dispatch.ts';
import type { StateTopic } from './state-topic.ts';

type StateSubscription = ReturnType<StateTopic['subscribe']>;

/** What all clients share. */
export type SharedContext = Omit<CommandContext, 'subscribeCounters'>;

export class LocalClient implements ServiceClient {
  readonly #context: CommandContext;
  readonly #state: StateTopic;
  readonly #counters: CountersTopic;
  readonly #stateSubscriptions = new Set<StateSubscription>();
  readonly #counterListeners = new Set<(event: CountersEvent) => void>();
  #queues: readonly QueueRef[] = [];
  #counterSubscription: Disposable | null = null;
  #disposed = false;

  constructor(shared: SharedContext, state: StateTopic, counters: CountersTopic) {
    this.#state = state;
    this.#counters = counters;
    this.#context = {
      ...shared,
      subscribeCounters: (queues) => {
        this.#queues = queues;
        this.#renewCounters();
      },
    };
  }

  async call<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult<N>> {
    if (this.#disposed)
      return { ok: false, error: { code: 'unavailable', message: 'This connection was closed.' } };
    return dispatch(this.#context, name, input);
  }

  onState(listener: (event: StateEvent) => void): Subscription {
    const subscription = this.#state.subscribe(listener);
    if (this.#disposed) subscription.dispose();
    else this.#stateSubscriptions.add(subscription);
    return {
      dispose: () => {
        this.#stateSubscriptions.delete(subscription);
        subscription.dispose();
      },
    };
  }

  resync(): void {
    for (const subscription of this.#stateSubscriptions) subscription.resync();
  }

  hold(): void {
    for (const subscription of this.#stateSubscriptions) subscription.hold();
  }

  release(): void {
    for (const subscription of this.#stateSubscriptions) subscription.release();
  }

  onCounters(listener: (event: CountersEvent) => void): Subscription {
    this.#counterListeners.add(listener);
    this.#renewCounters();
    return {
      dispose: () => {
        this.#counterListeners.delete(listener);
        this.#renewCounters();
      },
    };
  }

  dispose(): void {
    this.#disposed = true;
    for (const subscription of this.#stateSubscriptions) subscription.dispose();
    this.#stateSubscriptions.clear();
    this.#counterListeners.clear();
    this.#renewCounters();
  }

  /** The topic ticks for this client only while someone listens and at least one queue is wanted. */
  #renewCounters(): void {
    this.#counterSubscription?.dispose();
    this.#counterSubscription = null;
    if (this.#disposed || this.#counterListeners.size === 0 || this.#queues.length === 0) return;
    this.#counterSubscription = this.#counters.subscribe({
      queues: this.#queues,
      listener: (event) => {
        for (const listener of this.#counterListeners) listener(event);
      },
    });
  }
}
