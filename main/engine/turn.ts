/**
 * One step in the making: the state as changed so far and the effects asked for. It lives inside one call of
 * `step` and is not seen outside, so that the step stays a pure function of state, event and context.
 */
import type { ReasonCode } from '../../app/contract/words.ts';
import type { Effect } from './effects.ts';
import { effectId, type EffectId, type FdId } from './ids.ts';
import type { AcceleratorCapabilities } from './ports.ts';
import type { Notifier, QueueState, Reason, SessionState } from './state.ts';

/** An accelerator as the state machine may consider it. */
export interface AcceleratorInfo extends Pick<
  AcceleratorCapabilities,
  'features' | 'restoreIndex' | 'stopPerQueue' | 'logsDirtyPages'
> {
  readonly id: string;
  /** Whether it has a group whose fd can be sent. */
  readonly hasGroup: boolean;
  readonly usable: boolean;
  /** Why not, in one sentence. */
  readonly problem: string | null;
}

export interface StepContext {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Of this host, bytes. */
  readonly pageSize: bigint;
  readonly accelerators: readonly AcceleratorInfo[];
}

export class Turn {
  readonly context: StepContext;
  /** What moves things in this step, as transitions name it. */
  readonly cause: string;
  #state: SessionState;
  #effects: Effect[] = [];

  constructor(state: SessionState, context: StepContext, cause: string) {
    this.#state = state;
    this.context = context;
    this.cause = cause;
  }

  get state(): SessionState {
    return this.#state;
  }

  get now(): number {
    return this.context.now;
  }

  patch(change: Partial<SessionState>): void {
    this.#state = { ...this.#state, ...change };
  }

  /** Indices are checked where they enter (`vring.ts`, the endpoint); a wrong one here is a bug. */
  queue(index: number): QueueState {
    const queue = this.#state.queues[index];
    if (queue === undefined) throw new Error(`no queue ${index}`);
    return queue;
  }

  patchQueue(index: number, change: Partial<QueueState>): void {
    const queues = this.#state.queues.with(index, { ...this.queue(index), ...change });
    this.#state = { ...this.#state, queues };
  }

  newEffect(): EffectId {
    const id = this.#state.nextEffect;
    this.patch({ nextEffect: id + 1 });
    return effectId(id);
  }

  do(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** The effects asked for since the last call. */
  takeEffects(): readonly Effect[] {
    const taken = this.#effects;
    this.#effects = [];
    return taken;
  }

  log(severity: 'note' | 'warn' | 'error', queue: number | null, code: string, message: string): void {
    this.do({ kind: 'log', severity, queue, code, message });
  }

  reason(code: ReasonCode, message: string): Reason {
    return { code, message, at: this.now };
  }

  closeFds(fds: readonly FdId[]): void {
    for (const fd of fds) this.do({ kind: 'close-fd', fd });
  }

  /** Replaces an eventfd of a queue, live, and closes the one before it. */
  setNotifier(index: number, which: 'kick' | 'call' | 'err', notifier: Notifier): void {
    const before = this.queue(index)[which];
    this.patchQueue(index, { [which]: notifier });
    this.do({
      kind: 'set-notifier',
      queue: index,
      which,
      fd: notifier.kind === 'fd' ? notifier.fd : null,
    });
    if (before.kind === 'fd') this.do({ kind: 'close-fd', fd: before.fd });
  }
}
