/** What traffic and maps say against an acknowledged page. Pure. */
import { hex } from '../numbers.ts';
import type { Verdict } from './verdict.ts';
import type { NotifyFacts } from './facts.ts';
import { answerText, frontEnd, nameOf, offerText, queueList } from './words.ts';

export function contradictionVerdict(facts: NotifyFacts): Verdict | null {
  const { queue, page } = facts;
  if (page !== null && page.users.length > 1 && queue.phase === 'mapped') return shared(facts, page.users);
  switch (queue.contradiction?.code) {
    case 'page-rung-by-other':
      return shared(facts, page?.users ?? [queue.index]);
    case 'kicks-after-ack':
      return kicksContinue(facts);
    case 'doorbell-unseen':
      return storeIgnored(facts);
    case 'mapping-vanished':
      return vanished(facts);
    case undefined:
      return null;
  }
}

const answered = ({ queue: { offer } }: NotifyFacts): string =>
  offer?.answer === null || offer === null
    ? 'answer —'
    : `${answerText(offer.answer)} to g${offer.generation}`;

const pageText = ({ queue: { offer } }: NotifyFacts): string => (offer === null ? '—' : offerText(offer));

function shared(facts: NotifyFacts, users: readonly number[]): Verdict {
  const { queue, page } = facts;
  const owner = page === null || page.owner === queue.index ? null : page.owner;
  return {
    id: 'page-shared',
    what:
      owner === null
        ? `${nameOf(queue)} is rung by others: ${queueList(users)} were given the same page.`
        : `${nameOf(queue)} rings the page of q${owner}, not its own.`,
    basis: page === null ? 'measured' : 'sent',
    cause: 'The accelerator handed out one page for several queues.',
    certainty: page === null ? 'likely' : 'certain',
    about: page === null ? 'by traffic' : 'as sent',
    proof:
      page === null
        ? (queue.contradiction?.message ?? '—')
        : `${queueList(users)} were each sent ${pageText(facts)}.`,
    next: 'Put one of them in software; use an accelerator with one page per queue.',
    remedy: null,
    inputs: [
      { name: 'page', value: pageText(facts) },
      { name: 'given to', value: queueList(users) },
    ],
  };
}

function kicksContinue(facts: NotifyFacts): Verdict {
  const { queue, session } = facts;
  return {
    id: 'kicks-continue',
    what: `${nameOf(queue)} is mapped, yet its kicks still come by eventfd.`,
    basis: 'measured',
    cause: `${frontEnd(session)} may still trap the slot (shadow queue, ioeventfd), or dropped the mapping.`,
    certainty: 'possible',
    about: 'kicks after the answer',
    proof: `${answered(facts)}; ${queue.contradiction?.message ?? '—'}.`,
    next: 'Watch whether kicks go on. The engine serves each of them; nothing is lost.',
    remedy: null,
    inputs: [
      { name: 'answer', value: answered(facts) },
      { name: 'kicks', value: queue.counters.kicks?.toString() ?? '—' },
    ],
  };
}

function storeIgnored(facts: NotifyFacts): Verdict {
  const { queue } = facts;
  return {
    id: 'store-ignored',
    what: `${nameOf(queue)} is mapped, but the device does not move.`,
    basis: 'measured',
    cause: 'The device ignores the store: wrong page, wrong width, a queue not enabled, or a DMA fault.',
    certainty: 'likely',
    about: 'avail moves alone',
    proof: `${answered(facts)}; avail ${queue.availIdx ?? '—'}, used ${queue.usedIdx ?? '—'}, doorbells ${queue.counters.doorbells ?? '—'}.`,
    next: 'Set the queue to software: the engine takes the ring where the device stands.',
    remedy: null,
    inputs: [
      { name: 'answer', value: answered(facts) },
      { name: 'avail', value: queue.availIdx?.toString() ?? '—' },
      { name: 'used', value: queue.usedIdx?.toString() ?? '—' },
      { name: 'doorbells', value: queue.counters.doorbells?.toString() ?? '—' },
      { name: 'page', value: pageText(facts) },
    ],
  };
}

function vanished(facts: NotifyFacts): Verdict {
  const { queue, session } = facts;
  return {
    id: 'mapping-vanished',
    what: `${nameOf(queue)}: the mapping is gone from the maps of ${frontEnd(session)}, without a message.`,
    basis: 'measured in its maps',
    cause: 'The VMM unmapped the page by itself: a reset, a hot-unplug, or a fault of its own.',
    certainty: 'likely',
    about: 'no message came',
    proof: `${answered(facts)}; ${queue.mappedAt === null ? 'it is in the maps no more' : `it was at ${hex(queue.mappedAt)}`}.`,
    next: 'Set the queue to software and back: a new generation is offered.',
    remedy: null,
    inputs: [
      { name: 'answer', value: answered(facts) },
      { name: 'maps', value: 'page not found' },
    ],
  };
}
