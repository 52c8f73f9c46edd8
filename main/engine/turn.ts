/**
 * One step in the making: the state as changed so far, the effects asked for, and which queues there is anything
 * to settle for. It lives inside one call of `step` and is not seen outside, so that the step stays a pure
 * function of state, event and context.
 */
import type { ReasonCode } from '../../app/contract/words.ts';
import type { Effect } from './effects.ts';
import { effectId, type EffectId, type FdId } from './ids.ts';
import type { AcceleratorCapabilities } from './ports.ts';
import type { Notifier, OwedReply, QueueState, Reason, SessionState } from './state.ts';

/** An accelerator as the state machine may consider it. */
export interface AcceleratorInfo extends Pick<
  AcceleratorCapabilities,
  'features' | 'restoreIndex' | 'stopPerQueue' | 'preparesAhead' | 'logsDirtyPages'
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
  /** Of the guest: that of the network behind its device, where one is known. */
  readonly linkUp: boolean;
}

/** The next state while it is made: the step's own copy, changed in place. Queues are values in it as in any state. */
type Draft = { -readonly [Field in keyof Omit<SessionState, 'queues'>]: SessionState[Field] } & {
  queues: QueueState[];
};

/** Field by field: a spread of so many costs as much as the rest of a step, and every message needs a copy. */
const draftOf = (state: SessionState): Draft => ({
  config: state.config,
  nextEffect: state.nextEffect,
  ackedFeatures: state.ackedFeatures,
  ackedProtocol: state.ackedProtocol,
  status: state.status,
  mtu: state.mtu,
  knownLink: state.knownLink,
  memory: state.memory,
  mapping: state.mapping,
  retired: state.retired,
  log: state.log,
  retiredLogs: state.retiredLogs,
  backEnd: state.backEnd,
  speaksDialect: state.speaksDialect,
  owed: state.owed,
  mapsTrusted: state.mapsTrusted,
  ending: state.ending,
  closed: state.closed,
  queues: [...state.queues],
});

export class Turn {
  readonly context: StepContext;
  /** What moves things in this step, as transitions name it. */
  readonly cause: string;
  readonly #before: SessionState;
  #draft: Draft | null = null;
  #effects: Effect[] = [];
  /** Queues that changed. */
  readonly #touched: number[] = [];
  #all: readonly number[] | null = null;
  #affectsAll: boolean;

  /** `affectsAll`: what happened may concern any queue, whatever it changes. */
  constructor(state: SessionState, context: StepContext, cause: string, affectsAll: boolean) {
    this.#before = state;
    this.context = context;
    this.cause = cause;
    this.#affectsAll = affectsAll;
  }

  /** As it is now: who needs what was so before a change takes it out first. */
  get state(): SessionState {
    return this.#draft ?? this.#before;
  }

  get now(): number {
    return this.context.now;
  }

  #edit(): Draft {
    this.#draft ??= draftOf(this.#before);
    return this.#draft;
  }

  /** What queues share: any of them may have to follow. */
  patch(change: Partial<Omit<SessionState, 'queues' | 'owed'>>): void {
    Object.assign(this.#edit(), change);
    this.#affectsAll = true;
  }

  owe(owed: OwedReply | null): void {
    this.#edit().owed = owed;
  }

  /** Indices are checked where they enter (`vring.ts`, the endpoint); a wrong one here is a bug. */
  queue(index: number): QueueState {
    const queue = this.state.queues[index];
    if (queue === undefined) throw new Error(`no queue ${index}`);
    return queue;
  }

  patchQueue(index: number, change: Partial<QueueState>): void {
    this.#edit().queues[index] = { ...this.queue(index), ...change };
    if (!this.#touched.includes(index)) this.#touched.push(index);
  }

  /**
   * Queues for which something may have to be settled: all, or those that this step changes; the list grows with
   * them. A queue that nothing changed is where the step before left it, settled; so a session's messages cost the
   * same however many queues it has.
   */
  affected(): readonly number[] {
    if (!this.#affectsAll) return this.#touched;
    this.#all ??= [...this.#before.queues.keys()];
    return this.#all;
  }

  newEffect(): EffectId {
    return effectId(this.#edit().nextEffect++);
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
