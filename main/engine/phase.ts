/**
 * The phase of a queue follows from its facts: who owns the ring, what is known of the page, what is under
 * way. It is derived here and nowhere else, after every step, and a change becomes a transition.
 */
import type { Dialect, Phase, StepName } from '../../app/contract/words.ts';
import type { NotifyPath, Page, QueueState, Step } from './state.ts';
import type { AcceleratorInfo, Turn } from './turn.ts';

/** Transitions kept per queue. */
const HISTORY = 32;

/** Steps of a change in their order. A step that has nothing to do is passed in no time and keeps its number. */
const ARMING: Readonly<Record<Dialect, readonly StepName[]>> = {
  upstream: ['start', 'hold', 'offer'],
  rfc2018: ['group', 'start', 'hold', 'offer'],
};
/** A device that waits for the first index has the group by then: no round trip lengthens the gap. */
const ARMING_AT_WRAP: Readonly<Record<Dialect, readonly StepName[]>> = {
  upstream: ['wrap', ...ARMING.upstream],
  rfc2018: ['group', 'wrap', 'start', 'hold', 'offer'],
};
const ARMING_AHEAD: Readonly<Record<Dialect, readonly StepName[]>> = {
  upstream: ['prepare', ...ARMING_AT_WRAP.upstream],
  rfc2018: ['group', 'prepare', 'wrap', 'start', 'hold', 'offer'],
};
const UNDOING: Readonly<Record<Dialect, readonly StepName[]>> = {
  upstream: ['page-off', 'ring-back'],
  rfc2018: ['page-off', 'ring-back', 'group-off'],
};

interface Derived {
  readonly phase: Phase;
  readonly step: StepName | null;
}

export function derivePhase(queue: QueueState): Derived {
  const { owner, page, op, group } = queue;
  if (owner.kind === 'nobody') return { phase: 'down', step: null };
  if (page.kind === 'unconfirmed') return { phase: 'quarantine', step: null };
  if (op?.kind === 'handover-to') return { phase: 'arming', step: 'start' };
  if (op?.kind === 'handover-back') return { phase: 'undoing', step: 'ring-back' };
  if (page.kind === 'withdrawing') return { phase: 'undoing', step: 'page-off' };
  if (group.kind === 'withdrawing') return { phase: 'undoing', step: 'group-off' };
  if (group.kind === 'sending') return { phase: 'arming', step: 'group' };
  if (owner.kind === 'engine') {
    if (page.kind === 'restored' && queue.desired === 'accelerated' && queue.settled === null)
      return { phase: 'arming', step: 'group' };
    if (!isAtRest(page)) return { phase: 'undoing', step: 'page-off' };
    // A ring that is held from its start on waits for the device, not for its index.
    if (queue.preparation !== null && queue.preparation.effect !== null)
      return { phase: 'arming', step: 'prepare' };
    return queue.wrap === null ? { phase: 'software', step: null } : { phase: 'arming', step: 'wrap' };
  }
  if (page.kind === 'mapped') return { phase: 'mapped', step: null };
  if (page.kind === 'offered') return { phase: 'arming', step: 'offer' };
  if (queue.hold !== null) return { phase: 'arming', step: 'hold' };
  if (page.kind === 'taken' || page.kind === 'restored' || op?.kind === 'take-area')
    return { phase: 'arming', step: 'offer' };
  return { phase: 'relay', step: null };
}

/** Nothing of it is mapped by the front-end. */
export const isAtRest = (page: Page): boolean =>
  page.kind === 'none' || page.kind === 'taken' || page.kind === 'kept';

/** Which way notifications travel now. */
export function pathOf(queue: QueueState): NotifyPath {
  const { owner, page } = queue;
  if (owner.kind === 'nobody') return 'none';
  const free = isAtRest(page);
  if (owner.kind === 'engine') return free ? 'software' : 'changing';
  if (page.kind === 'mapped') return 'mapped';
  return free || (page.kind === 'offered' && !page.resent) ? 'relay' : 'changing';
}

const named = (phase: Phase, step: StepName | null): string => (step === null ? phase : `${phase}(${step})`);

/** The accelerator that the change under way is about. */
function concerned({ owner, op, wrap, preparation, group }: QueueState): string | null {
  if (owner.kind === 'accelerator') return owner.id;
  if (op?.kind === 'handover-to') return op.accelerator;
  if (preparation !== null) return preparation.accelerator;
  return wrap?.accelerator ?? (group.kind === 'none' ? null : group.accelerator);
}

function armingOf(accelerator: AcceleratorInfo | undefined): typeof ARMING {
  if (accelerator?.preparesAhead === true) return ARMING_AHEAD;
  return accelerator?.restoreIndex === 'zero-only' ? ARMING_AT_WRAP : ARMING;
}

function stepOf(turn: Turn, queue: QueueState, phase: Phase, name: StepName): Step {
  const id = concerned(queue);
  const accelerator = turn.context.accelerators.find((one) => one.id === id);
  const steps = (phase === 'arming' ? armingOf(accelerator) : UNDOING)[turn.state.config.dialect];
  const { wrap } = queue;
  return {
    name,
    number: steps.indexOf(name) + 1,
    of: steps.length,
    since: turn.now,
    remaining: name === 'wrap' ? (wrap?.remaining ?? null) : null,
    perSecond: name === 'wrap' ? (wrap?.perSecond ?? null) : null,
  };
}

/** The wait for the first index goes on: only how far it is has changed. */
function settleWrapStep(turn: Turn, { index, step, wrap }: QueueState): void {
  if (step?.name !== 'wrap' || wrap === null) return;
  const { remaining, perSecond } = wrap;
  if (remaining !== step.remaining || perSecond !== step.perSecond)
    turn.patchQueue(index, { step: { ...step, remaining, perSecond } });
}

/** Writes phase, step and transition of one queue after its facts changed. */
export function settlePhase(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const { phase, step } = derivePhase(queue);
  if (phase === queue.phase && step === (queue.step?.name ?? null)) {
    settleWrapStep(turn, queue);
    return;
  }
  const transition = {
    at: turn.now,
    from: named(queue.phase, queue.step?.name ?? null),
    to: named(phase, step),
    cause: turn.cause,
  };
  turn.patchQueue(index, {
    phase,
    step: step === null ? null : stepOf(turn, queue, phase, step),
    since: phase === queue.phase ? queue.since : turn.now,
    transitions: [...queue.transitions, transition].slice(-HISTORY),
  });
}
