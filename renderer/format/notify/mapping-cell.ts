/** The front-end's side of an accelerated lane: the guest's slot, and what the front-end made of our page. Pure. */
import { stepWords, type Description } from '../../../app/contract/describe.ts';
import type { PageOffer, QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { hex } from '../numbers.ts';
import {
  isAccepted,
  isLate,
  isUnanswered,
  missingFeatures,
  PAGE_FEATURES,
  type NotifyFacts,
} from './facts.ts';
import type { Cell } from './lane.ts';
import { slotTitle } from './software-lane.ts';
import { answerText, countText } from './words.ts';

/** The engine cannot see the guest's BAR: the slot is computed, its address stays unknown. */
export function slotCell({ queue }: NotifyFacts, { word, notify, proven }: Description): Cell {
  const base = { hop: 'slot', title: slotTitle(queue), rate: null } as const;
  if (word === 'STALE' || word === 'DOWN')
    return {
      ...base,
      detail: word === 'STALE' ? 'ring stopped' : 'ring not started',
      look: 'muted',
      expected: '—',
      seen: '—',
      verdict: 'unknown',
    };
  if (notify !== 'mapped')
    return {
      ...base,
      detail: 'trapped, kicks the eventfd',
      look: 'plain',
      expected: 'a store is trapped by the VMM',
      seen: countText(queue.counters.kicks, 'kicks'),
      verdict: 'unused',
    };
  const kicking = queue.contradiction?.code === 'kicks-after-ack';
  return {
    ...base,
    detail: kicking ? 'still trapped' : 'guest stores here',
    look: kicking ? 'warn' : 'plain',
    expected: 'the guest’s store goes to the page, no kick comes',
    seen: kicking ? (queue.contradiction?.message ?? '—') : proven ? 'no kick' : '—',
    verdict: kicking ? 'disagrees' : proven ? 'agrees' : 'unknown',
  };
}

type Text = Pick<Cell, 'title' | 'detail' | 'look' | 'seen' | 'verdict'>;

export function mappingCell(facts: NotifyFacts, description: Description): Cell {
  const { offer } = facts.queue;
  return {
    hop: 'mapping',
    rate: null,
    expected: offer === null ? 'a page offered and answered 0' : `answer 0 for g${offer.generation}`,
    ...textOf(facts, description),
  };
}

function textOf(facts: NotifyFacts, { word }: Description): Text {
  const { queue, session } = facts;
  const { offer } = queue;
  if (word === 'DOWN') return { title: '—', detail: '—', look: 'unknown', seen: '—', verdict: 'unknown' };
  if (word === 'STALE') return ended(queue, offer);
  if (word === 'QUARANTINE')
    return {
      title: `unknown · g${queue.generation}`,
      detail: 'removal not confirmed',
      look: 'lost',
      seen: queue.reason?.message ?? '—',
      verdict: 'disagrees',
    };
  const missing = missingFeatures(session) ?? [];
  if (word === 'FELL BACK' && missing.length > 0) {
    const names = missing.map((name) => `${name} (${PAGE_FEATURES[name]})`).join(', ');
    return refusal(
      'never offered',
      `bit ${missing.map((name) => PAGE_FEATURES[name]).join(', ')} missing`,
      names,
    );
  }
  if (offer === null || queue.phase === 'software') return nothing(queue);
  if (queue.phase === 'mapped') return mapped(queue, offer);
  if (word === 'FELL BACK') return fellBack(queue, offer);
  return changing(queue, offer);
}

const refusal = (title: string, detail: string, seen = detail): Text => ({
  title,
  detail,
  look: 'refused',
  seen,
  verdict: 'disagrees',
});

function ended(queue: QueueSnapshot, offer: PageOffer | null): Text {
  const generation = offer?.generation ?? queue.generation;
  const cause = offer?.ended?.cause ?? '—';
  const late =
    offer !== null && isLate(offer) && offer.answer !== null ? `${answerText(offer.answer)}, too late` : null;
  return {
    title: `void · g${generation}`,
    detail: late ?? cause,
    look: 'void',
    seen: late === null ? `ended by ${cause}` : `${late}: ended by ${cause}`,
    verdict: 'disagrees',
  };
}

function nothing(queue: QueueSnapshot): Text {
  const why = queue.step === null ? (queue.reason?.code ?? 'not offered') : stepWords(queue.step.name);
  return { title: '—', detail: why, look: 'unknown', seen: '—', verdict: 'unknown' };
}

function mapped(queue: QueueSnapshot, offer: PageOffer): Text {
  const where = queue.mappedAt === null ? '—' : hex(queue.mappedAt);
  const said = offer.answer === null ? '—' : answerText(offer.answer);
  const title = `${where} · g${offer.generation}`;
  if (queue.contradiction?.code === 'mapping-vanished')
    return {
      title: `gone · g${offer.generation}`,
      detail: said,
      look: 'refused',
      seen: 'not in the maps any more',
      verdict: 'disagrees',
    };
  return {
    title,
    detail: said,
    look: 'plain',
    seen: said,
    verdict: offer.answer === null ? 'unknown' : 'agrees',
  };
}

function fellBack(queue: QueueSnapshot, offer: PageOffer): Text {
  if (queue.reason?.code === 'page-not-offered' || queue.reason?.code === 'page-invalid')
    return nothing(queue);
  if (offer.answer === null)
    return refusal(`unanswered · g${offer.generation}`, offer.timedOut ? 'no answer in time' : 'waiting');
  if (!isAccepted(offer)) return refusal(`refused · g${offer.generation}`, answerText(offer.answer));
  return refusal(`void · g${offer.generation}`, offer.ended?.cause ?? answerText(offer.answer));
}

/** On the way: asked and not yet known, or taken off again. */
function changing(queue: QueueSnapshot, offer: PageOffer): Text {
  const { phase, step } = queue;
  if (phase === 'relay') return nothing(queue);
  if (phase === 'undoing' && isUnanswered(offer))
    return refusal(
      `unanswered · g${offer.generation}`,
      step === null ? 'no answer in time' : stepWords(step.name),
    );
  if (phase === 'undoing' && isLate(offer) && offer.answer !== null)
    return refusal(`removing · g${offer.generation}`, `${answerText(offer.answer)}, too late`);
  const detail = step === null ? '—' : stepWords(step.name);
  const known = { detail, look: 'void', seen: detail, verdict: 'unknown' } as const;
  if (step?.name === 'offer') return { ...known, title: `offered · g${offer.generation}` };
  if (step?.name === 'page-off') return { ...known, title: `removing · g${offer.generation}` };
  return { ...known, title: '—', look: 'unknown' };
}
