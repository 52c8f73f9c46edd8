/**
 * The phase of a queue follows from its facts: who owns the ring, what is known of the page, what is under
 * way. It is derived here and nowhere else, after every step, and a change becomes a transition.
 */
import type { Phase, StepName } from '../../app/contract/words.ts';
import type { NotifyPath, QueueState, Step } from './state.ts';
import type { Turn } from './turn.ts';

/** Transitions kept per queue. */
const HISTORY = 32;

/** Steps of a change in their order. A step that has nothing to do is passed in no time and keeps its number. */
const ARMING: readonly StepName[] = ['start', 'hold', 'offer'];
const ARMING_AT_WRAP: readonly StepName[] = ['wrap', ...ARMING];
const UNDOING: readonly StepName[] = ['page-off', 'ring-back'];

interface Derived {
  readonly phase: Phase;
  readonly step: StepName | null;
}

export function derivePhase(queue: QueueState): Derived {
  const { owner, page, op } = queue;
  if (owner.kind === 'nobody') return { phase: 'down', step: null };
  if (page.kind === 'unconfirmed') return { phase: 'quarantine', step: null };
  if (op?.kind === 'handover-to') return { phase: 'arming', step: 'start' };
  if (op?.kind === 'handover-back') return { phase: 'undoing', step: 'ring-back' };
  if (page.kind === 'withdrawing') return { phase: 'undoing', step: 'page-off' };
  if (owner.kind === 'engine') {
    const rests = page.kind === 'none' || page.kind === 'taken';
    if (!rests) return { phase: 'undoing', step: 'page-off' };
    return queue.wrap === null ? { phase: 'software', step: null } : { phase: 'arming', step: 'wrap' };
  }
  if (page.kind === 'mapped') return { phase: 'mapped', step: null };
  if (page.kind === 'offered') return { phase: 'arming', step: 'offer' };
  if (queue.hold !== null) return { phase: 'arming', step: 'hold' };
  if (page.kind === 'taken' || op?.kind === 'take-area') return { phase: 'arming', step: 'offer' };
  return { phase: 'relay', step: null };
}

/** Which way notifications travel now. */
export function pathOf(queue: QueueState): NotifyPath {
  const { owner, page } = queue;
  if (owner.kind === 'nobody') return 'none';
  const free = page.kind === 'none' || page.kind === 'taken';
  if (owner.kind === 'engine') return free ? 'software' : 'changing';
  if (page.kind === 'mapped') return 'mapped';
  return free || page.kind === 'offered' ? 'relay' : 'changing';
}

const named = (phase: Phase, step: StepName | null): string => (step === null ? phase : `${phase}(${step})`);

/** The accelerator that the change under way is about. */
function concerned({ owner, op, wrap }: QueueState): string | null {
  if (owner.kind === 'accelerator') return owner.id;
  if (op?.kind === 'handover-to') return op.accelerator;
  return wrap?.accelerator ?? null;
}

function stepOf(turn: Turn, queue: QueueState, phase: Phase, name: StepName): Step {
  const id = concerned(queue);
  const zeroOnly = turn.context.accelerators.find((one) => one.id === id)?.restoreIndex === 'zero-only';
  const arming = zeroOnly ? ARMING_AT_WRAP : ARMING;
  const steps = phase === 'arming' ? arming : UNDOING;
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
