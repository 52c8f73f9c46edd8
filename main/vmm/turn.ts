/** One step in the making: the next state, and the effects in the order in which they are to happen. */
import type { Result } from '../base/result.ts';
import type { VmmConfig } from './config.ts';
import type { VmmEffect, VmmEvent, VmmFailure } from './effects.ts';
import type { OperationId } from './ids.ts';
import type { Operation, QueueState, VmmState } from './state.ts';

export class Turn {
  readonly config: VmmConfig;
  readonly effects: VmmEffect[] = [];
  #state: VmmState;

  constructor(config: VmmConfig, state: VmmState) {
    this.config = config;
    this.#state = state;
  }

  get state(): VmmState {
    return this.#state;
  }

  set(change: Partial<VmmState>): void {
    this.#state = { ...this.#state, ...change };
  }

  setQueue(index: number, change: Partial<QueueState>): void {
    this.set({
      queues: this.#state.queues.map((queue, at) => (at === index ? { ...queue, ...change } : queue)),
    });
  }

  setOperation(change: Partial<Operation>): void {
    const { operation } = this.#state;
    if (operation !== null) this.set({ operation: { ...operation, ...change } });
  }

  do(effect: VmmEffect): void {
    this.effects.push(effect);
  }

  announce(event: VmmEvent): void {
    this.do({ kind: 'announce', event });
  }

  note(message: string): void {
    this.announce({ kind: 'note', message });
  }

  complete(operation: OperationId | null, result: Result<void, VmmFailure>): void {
    if (operation !== null) this.do({ kind: 'complete', operation, result });
  }
}
