/**
 * Why a queue does not run as asked, in the order in which an operator needs it: what, effect now, cause,
 * proof, next. `certain` is only what we sent or measured; everything about the inside of the front-end is at
 * most likely, and every verdict names the facts that it stands on. Pure.
 */
import { describe } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { REASONS } from '../../../app/contract/words.ts';
import { count, plural } from '../numbers.ts';
import { contradictionVerdict } from './contradictions.ts';
import {
  isLate,
  isRefused,
  isUnanswered,
  missingFeatures,
  PAGE_FEATURES,
  type NotifyFacts,
} from './facts.ts';
import { refusalVerdict } from './refusals.ts';
import type { Explanation, Verdict, VerdictId } from './verdict.ts';
import { capital, frontEnd, nameOf, queueList, sentence } from './words.ts';

/** Null for a queue that has nothing to explain. */
export function explain(facts: NotifyFacts): Explanation | null {
  const verdict = verdictOf(facts);
  if (verdict === null) return null;
  return { ...verdict, ...effectOf(facts) };
}

function verdictOf(facts: NotifyFacts): Verdict | null {
  const { queue } = facts;
  const { word } = describe(queue);
  if (queue.contradiction !== null || (facts.page?.users.length ?? 0) > 1) {
    const verdict = contradictionVerdict(facts);
    if (verdict !== null) return verdict;
  }
  if (queue.offer !== null && isLate(queue.offer) && (word === 'STALE' || queue.phase === 'undoing'))
    return oldGeneration(facts);
  if (queue.offer !== null && isUnanswered(queue.offer) && queue.phase === 'undoing') return noAnswer(facts);
  if (word === 'STALE') return generationEnded(facts);
  if (word !== 'FELL BACK' && word !== 'QUARANTINE') return null;
  const { reason, offer } = queue;
  if (reason === null) return null;
  if (word === 'QUARANTINE') return removalUnconfirmed(facts);
  switch (reason.code) {
    case 'bit-not-negotiated':
      return featureMissing(facts);
    case 'page-unanswered':
      return noAnswer(facts);
    case 'page-refused':
      return offer !== null && isRefused(offer) ? refusalVerdict(facts, offer) : plain(facts, 'other');
    case 'no-backend-channel':
      return plain(facts, 'no-channel');
    default:
      return plain(facts, reason.code.startsWith('ring-') ? 'ring' : 'accelerator');
  }
}

const CHANGE_VMM = 'Change the VMM or its device options; until then the host relays each kick.';

function featureMissing(facts: NotifyFacts): Verdict {
  const { queue, session } = facts;
  const missing = missingFeatures(session) ?? [];
  const names = missing.map((name) => `${name} (bit ${PAGE_FEATURES[name]})`).join(', ');
  return {
    id: 'feature-missing',
    what: `${nameOf(queue)} did not accelerate. No notify page was offered.`,
    basis: 'never sent',
    cause: `${capital(frontEnd(session))} did not negotiate ${names === '' ? 'what a page needs' : names}.`,
    certainty: 'certain',
    about: 'negotiated',
    proof: `SET_PROTOCOL_FEATURES carried ${session.featureNames?.protocol.join(', ') ?? '—'}.`,
    next: `Use a VMM and a device that support it. ${CHANGE_VMM}`,
    remedy: null,
    inputs: [
      { name: 'protocol features', value: session.featureNames?.protocol.join(', ') ?? '—' },
      { name: 'missing', value: names === '' ? '—' : names },
    ],
  };
}

function noAnswer({ queue, session }: NotifyFacts): Verdict {
  const generation = `g${queue.offer?.generation ?? queue.generation}`;
  return {
    id: 'no-answer',
    what: `${nameOf(queue)} did not accelerate. The offer of the notify page ${generation} is unanswered.`,
    basis: 'sent, not answered',
    cause: `${capital(frontEnd(session))} is stopped, or busy with a request of its own to us.`,
    certainty: 'likely',
    about: 'silent',
    proof: 'The socket is open and the answer’s time is over; its place in the order of answers stays.',
    next: 'Let the VMM run, then retry. The page is withdrawn until then.',
    remedy: null,
    inputs: [
      { name: 'offer', value: generation },
      { name: 'answer', value: '—' },
      { name: 'session', value: session.state },
    ],
  };
}

function removalUnconfirmed({ queue, session }: NotifyFacts): Verdict {
  return {
    id: 'removal-unconfirmed',
    what: `${nameOf(queue)} is in quarantine. Nobody can tell whether its page is still mapped.`,
    basis: 'removal sent',
    cause: `${capital(frontEnd(session))} did not confirm the removal of the page.`,
    certainty: 'certain',
    about: 'not answered',
    proof: sentence(queue.reason?.message ?? 'The removal was sent and not confirmed'),
    next: 'It ends by itself when the VMM answers or disconnects, or stops a ring whose offer it answered.',
    remedy: null,
    inputs: [
      { name: 'generation', value: `g${queue.generation}` },
      { name: 'removal', value: 'not confirmed' },
    ],
  };
}

function oldGeneration({ queue, session }: NotifyFacts): Verdict {
  const { offer } = queue;
  const generation = `g${offer?.generation ?? queue.generation}`;
  const ender = offer?.ended?.cause ?? 'the end of its generation';
  return {
    id: 'old-generation',
    what: `${nameOf(queue)}: the answer to ${generation} came after ${generation} had ended. It changed nothing.`,
    basis: 'sent and answered',
    cause: `${ender} ended ${generation} before ${frontEnd(session)} answered.`,
    certainty: 'certain',
    about: 'order measured',
    proof: `Answer ${offer?.answer?.code ?? '—'} came ${latency(offer?.answer?.latencyMs)} after the offer.`,
    next: 'Nothing to do: the page is offered anew, as the next generation, when the ring runs.',
    remedy: null,
    inputs: [
      { name: 'offer', value: generation },
      { name: 'ended by', value: ender },
      { name: 'answer', value: offer?.answer?.code ?? '—' },
    ],
  };
}

const latency = (ms: number | undefined): string => (ms === undefined ? '—' : `${ms.toFixed(1)} ms`);

function generationEnded({ queue }: NotifyFacts): Verdict {
  const generation = `g${queue.offer?.generation ?? queue.generation}`;
  const ender = queue.offer?.ended?.cause ?? '—';
  return {
    id: 'generation-ended',
    what: `${nameOf(queue)} is stopped and the mapping ${generation} ended with it.`,
    basis: 'received',
    cause: sentence(queue.reason?.message ?? REASONS['generation-ended']),
    certainty: 'certain',
    about: 'received',
    proof: `Ended by ${ender}.`,
    next: 'Nothing to do: it is armed again when the guest starts the ring.',
    remedy: null,
    inputs: [
      { name: 'generation', value: generation },
      { name: 'ended by', value: ender },
    ],
  };
}

/** The engine's own record says it all. */
function plain({ queue }: NotifyFacts, id: VerdictId): Verdict {
  const { reason } = queue;
  const code = reason?.code ?? 'cancelled';
  return {
    id,
    what: `${nameOf(queue)} did not accelerate.`,
    basis: 'the engine’s record',
    cause: sentence(reason?.message ?? REASONS[code]),
    certainty: 'certain',
    about: code,
    proof: REASONS[code],
    next: 'Remove the cause, then retry; or keep it in software.',
    remedy: null,
    inputs: [{ name: 'reason', value: code }],
  };
}

/** What the queue does meanwhile, and whether anything is lost: only what the ring's own indices show. */
function effectOf({ queue, siblings, page }: NotifyFacts): Pick<Explanation, 'effectNow' | 'effectBasis'> {
  const { servedBy, notify } = describe(queue);
  const runs =
    servedBy === 'nobody'
      ? 'Nobody serves the ring: it is stopped.'
      : servedBy === 'engine'
        ? 'It runs in software.'
        : notify === 'relay'
          ? 'It runs in relay.'
          : 'It stays mapped, guarded.';
  const others = siblings
    .filter((one) => one.index !== queue.index && one.phase === 'mapped' && one.contradiction === null)
    .map(({ index }) => index)
    .filter((index) => page?.users.includes(index) !== true);
  const apart =
    others.length === 0 ? '' : ` ${queueList(others)} ${others.length === 1 ? 'is' : 'are'} not affected.`;
  const ring = ringWords(queue);
  return {
    effectNow: `${runs}${ring === null ? '' : ` ${ring}`}${apart}`,
    effectBasis: ring === null ? 'certain: the engine’s state' : 'certain: measured',
  };
}

function ringWords({ availIdx, usedIdx, role }: QueueSnapshot): string | null {
  if (availIdx === null || usedIdx === null) return null;
  const open = (availIdx - usedIdx + 0x1_0000) % 0x1_0000;
  if (open === 0) return `Nothing was lost: avail ${count(availIdx)} = used ${count(usedIdx)}.`;
  const places = `avail ${count(availIdx)}, used ${count(usedIdx)}`;
  return role === 'rx'
    ? `${plural(open, 'buffer')} for frames to come: ${places}.`
    : `In flight: ${plural(open, 'descriptor')}, ${places}.`;
}
