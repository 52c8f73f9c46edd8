/**
 * What must never happen, as checks of one moment of a history. Each names the rule that it stands for; the
 * answer is what is wrong, or nothing.
 */
import { describe } from '../../app/contract/describe.ts';
import { COUNTER_FIELDS, type QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { QueueState } from '../../main/engine/state.ts';
import { count as countText, UNKNOWN } from '../../renderer/format/numbers.ts';
import { blockedBecause, count, livenessOf } from '../../renderer/store/selectors.ts';
import { QUEUES, type History, type Index } from './history.ts';

/** What one moment looked like before the next act, for rules about change. */
export interface Moment {
  readonly queues: readonly QueueState[];
  readonly said: number;
  readonly shown: History['panel']['queues'];
  /** The oldest unanswered request is an offer of a generation that is over. */
  readonly awaitsStale: number | null;
}

export function momentOf({ bench, panel }: History): Moment {
  const { state } = bench.runner;
  const [oldest] = state.backEnd.kind === 'open' ? state.backEnd.outstanding : [];
  const offer = oldest?.what === 'offer' ? oldest : null;
  const page = offer === null ? undefined : state.queues[offer.queue]?.page;
  const isCurrent = page?.kind === 'offered' && page.request === offer?.id && !page.ended;
  const stale = offer !== null && !isCurrent ? offer.queue : null;
  return { queues: state.queues, said: bench.said.length, shown: panel.queues, awaitsStale: stale };
}

type Rule = (history: History, index: Index, shown: QueueSnapshot, truth: QueueState) => string | null;

/** 1: no badge says accelerated without an answer of the current generation, no solid fill without proof. */
const acceleratedNeedsEvidence: Rule = ({ bench, forgotten }, index, shown, truth) => {
  const { word, proven, asDesired } = describe(shown);
  const { offer } = truth;
  const acknowledged =
    offer !== null &&
    offer.answer?.value === 0n &&
    offer.generation === shown.generation &&
    offer.ended === null;
  if (word === 'ACC' && !acknowledged) return 'accelerated without an answer of this generation';
  if (word === 'ACC' && !bench.frontEnd.mapped.has(index) && !forgotten.has(index))
    return 'accelerated, but the front-end has no page';
  if (proven && shown.evidence !== 3) return 'proven without evidence 3';
  if (word === 'SUSPECT' && (proven || asDesired === true)) return 'suspect, yet counted as good';
  return null;
};

/** 3: unknown is an em dash and a dashed pip, never 0, off or green. */
const unknownIsUnknown: Rule = (_history, _index, shown, truth) => {
  for (const field of COUNTER_FIELDS) {
    const known = truth.sample?.[field] ?? null;
    if (shown.counters[field] !== known) return `${field} is shown as ${shown.counters[field] ?? '—'}`;
    if (known === null && countText(shown.counters[field]) !== UNKNOWN)
      return `${field} is unknown, not printed so`;
  }
  const { pips, notifyRegion } = describe(shown);
  if (shown.phase === 'mapped' && shown.mapsReadable === false && pips[2] !== 'unknowable')
    return 'maps that cannot be read are drawn as if they could';
  if (shown.notifyRegion?.mapped === null && !notifyRegion.startsWith('unknown'))
    return 'a page that nobody can tell of is drawn as known';
  return null;
};

/** 5: nothing falls back without a reason that can be read. */
const fallbackHasReason: Rule = (_history, _index, shown, truth) => {
  const fellBack =
    describe(shown).word === 'FELL BACK' || (truth.settled !== null && truth.owner.kind !== 'nobody');
  return fellBack && (shown.reason === null || shown.reason.message === '')
    ? 'fell back without a reason'
    : null;
};

/** 7: a ring is polled whenever its notifications may go where nobody looks. */
const neverUnattended: Rule = ({ bench }, index, _shown, truth) => {
  const ring = bench.dataPath.queues.get(index);
  if (ring === undefined || ring.owner === 'nobody') return null;
  const exposed = bench.frontEnd.mapped.has(index) && ring.owner === 'engine';
  const doubtful = truth.contradiction !== null || truth.page.kind === 'unconfirmed';
  return (exposed || doubtful) && !ring.guarded ? 'a ring whose doorbell may be lost is not polled' : null;
};

/** 8: only the operator changes what is desired. */
const desiredStays: Rule = ({ desired }, index, shown) =>
  shown.desired === desired[index] ? null : `desired moved to ${shown.desired} by itself`;

const OF_EACH_QUEUE: Readonly<Record<string, Rule>> = {
  '1 accelerated needs evidence': acceleratedNeedsEvidence,
  '3 unknown is unknown': unknownIsUnknown,
  '5 a fallback has a reason': fallbackHasReason,
  '7 no ring is unattended': neverUnattended,
  '8 desired stays': desiredStays,
};

/** 2: an answer to an offer of a generation that is over maps nothing and proves nothing. */
function staleAnswerChangedSomething(before: Moment, after: readonly QueueState[]): string | null {
  if (before.awaitsStale === null) return null;
  const was = before.queues[before.awaitsStale];
  const is = after[before.awaitsStale];
  if (was === undefined || is === undefined) return null;
  if (is.phase === 'mapped' && was.phase !== 'mapped')
    return 'an answer of an old generation mapped the queue';
  return is.evidence > was.evidence ? 'an answer of an old generation is taken for evidence' : null;
}

/** 4: values after a disconnect do not look live. */
function deadValuesLookLive({ panel, bench, isConnected }: History, before: Moment): string | null {
  const now = bench.clock.now();
  if (panel.link.kind === 'lost') {
    if (livenessOf(panel, now) === 'live' || blockedBecause(panel, now) === null)
      return 'the link is lost, the controls are not';
    for (const [key, queue] of before.shown)
      if (panel.frozenAt !== null && panel.queues.get(key) !== queue) return 'frozen values moved';
  }
  if (isConnected || panel.link.kind === 'lost' || panel.seq === null) return null;
  return [...panel.queues.values()].every((queue) => describe(queue).notify === 'none')
    ? null
    : 'a session is gone and its queues look alive';
}

/** 9: what is simulated says so. */
function hidesSimulation({ panel }: History): string | null {
  return panel.sessions.every(({ simulated }) => simulated) &&
    panel.accelerators.every(({ simulated }) => simulated)
    ? null
    : 'a simulated part lost its mark';
}

/** 10: the whole is called a success only where each part is one. */
function sumsUpWrong({ panel }: History): string | null {
  const queues = [...panel.queues.values()];
  const sum = count(queues);
  const others = queues.filter((queue) => describe(queue).asDesired === false).length;
  return sum.counted - sum.asDesired === others ? null : 'the headline counts a failure as success';
}

/** Everything that is wrong now. `act` was done between `before` and this moment. */
export function wrongs(history: History, before: Moment, act: string): readonly string[] {
  const found: string[] = [];
  const note = (rule: string, what: string | null): void => {
    if (what !== null) found.push(`rule ${rule}: ${what}`);
  };
  const { queues } = history.bench.runner.state;
  if (act === 'answer') note('2', staleAnswerChangedSomething(before, queues));
  note('4', deadValuesLookLive(history, before));
  note('9', hidesSimulation(history));
  note('10', sumsUpWrong(history));
  if (history.bench.frontEnd.crashed !== null) note('0', history.bench.frontEnd.crashed);
  if (!history.isShown || !history.isConnected) return found;
  for (const index of QUEUES) {
    const shown = history.shown(index);
    const truth = queues[index];
    if (shown === undefined || truth === undefined) found.push(`q${index} is not shown`);
    else
      for (const [name, rule] of Object.entries(OF_EACH_QUEUE))
        note(`${name}, q${index}`, rule(history, index, shown, truth));
  }
  return found;
}
