/** The lane of a queue whose page was, is or should be with the front-end. Pure. */
import type { Description } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { hex } from '../numbers.ts';
import { isLate, isUnanswered, missingFeatures, type NotifyFacts } from './facts.ts';
import type { Break, Cell, LaneParts, LinkStyle } from './lane.ts';
import { mappingCell, slotCell } from './mapping-cell.ts';
import { fileText, queueList, countText } from './words.ts';

export function acceleratedLane(facts: NotifyFacts, description: Description): LaneParts {
  const broken = breakOf(facts, description);
  const crossing = crossingOf(facts);
  return {
    cells: [
      slotCell(facts, description),
      mappingCell(facts, description),
      sentCell(facts, description),
      pageCell(facts, description, broken),
    ],
    links: linksOf(facts.queue, description, broken, crossing),
    broken,
    crossing,
  };
}

/** The page belongs to another queue, which rings it too. */
function crossingOf({ queue, page }: NotifyFacts): number | null {
  return page === null || page.owner === queue.index || queue.phase !== 'mapped' ? null : page.owner;
}

/** The first hop, from the guest on, that is other than it should be. */
function breakOf(facts: NotifyFacts, { word }: Description): Break | null {
  const { queue, page, session } = facts;
  const at = (hop: Break['hop'], link: Break['link'], mark: Break['mark']): Break => ({ hop, link, mark });
  const mapping = at('mapping', 0, 'cross');
  if (word === 'STALE') return at('mapping', 0, 'gap');
  if (word === 'DOWN') return null;
  if (word === 'QUARANTINE') return mapping;
  switch (queue.contradiction?.code) {
    case 'mapping-vanished':
      return at('mapping', 0, 'gap');
    case 'kicks-after-ack':
      return mapping;
    case 'doorbell-unseen':
      return at('page', 2, crossingOf(facts) === null ? 'cross' : 'triangle');
    case 'page-rung-by-other':
      return at('page', 2, 'triangle');
    case undefined:
      break;
  }
  if (page !== null && page.users.length > 1 && queue.phase === 'mapped') return at('page', 2, 'triangle');
  if (word !== 'FELL BACK') return failedOffer(queue) ? mapping : null;
  if (queue.reason?.code === 'page-not-offered' || queue.reason?.code === 'page-invalid')
    return at('page', 2, 'cross');
  return (missingFeatures(session)?.length ?? 0) > 0 || queue.offer !== null || queue.reason !== null
    ? mapping
    : null;
}

/** Taken off again because its answer came too late for its generation, or not at all. */
const failedOffer = ({ offer, phase }: QueueSnapshot): boolean =>
  phase === 'undoing' && offer !== null && (isLate(offer) || isUnanswered(offer));

const EVIDENCE_LINKS: readonly LinkStyle[] = ['asked', 'acknowledged', 'seen', 'proven'];

function linksOf(
  queue: QueueSnapshot,
  { word, proven }: Description,
  broken: Break | null,
  crossing: number | null,
): LaneParts['links'] {
  if (word === 'DOWN') return ['none', 'none', 'none'];
  if (word === 'STALE') return ['gap', 'asked', 'asked'];
  if (word === 'FELL BACK' || word === 'QUARANTINE') {
    if (broken?.link === 2) return ['asked', 'asked', 'doubted'];
    return queue.offer === null || queue.reason?.code === 'bit-not-negotiated'
      ? ['doubted', 'none', 'none']
      : ['doubted', 'doubted', 'asked'];
  }
  if (queue.phase !== 'mapped') {
    const asked: LinkStyle = queue.step?.name === 'offer' || queue.phase === 'undoing' ? 'asked' : 'none';
    return [broken === null ? asked : 'doubted', asked, asked];
  }
  // A contradiction takes the proof back: what is drawn is what the protocol and the maps said before it.
  const level = proven ? 3 : Math.min(queue.evidence, 2);
  const link = EVIDENCE_LINKS[level] ?? 'asked';
  if (broken?.mark === 'gap') return ['gap', link, link];
  if (crossing !== null) return [link, link, 'none'];
  if (broken?.link === 0) return ['doubted', link, link];
  return broken?.mark === 'cross' ? [link, link, 'doubted'] : [link, link, link];
}

function sentCell({ queue }: NotifyFacts, { word }: Description): Cell {
  const { offer } = queue;
  const base = { hop: 'sent', rate: null, expected: 'one host page, aligned' } as const;
  if (offer === null)
    return {
      ...base,
      title: '—',
      detail: queue.phase === 'down' ? '—' : 'nothing was sent',
      look: 'unknown',
      seen: '—',
      verdict: 'unknown',
    };
  const isPage = BigInt(offer.size) === BigInt(offer.hostPageSize);
  const isAligned = BigInt(offer.offset) % BigInt(offer.hostPageSize) === 0n;
  const seen = `${fileText(offer)} + ${hex(offer.offset)}, length ${hex(offer.size)}`;
  if (word === 'STALE' || word === 'DOWN')
    return { ...base, ...sentText(queue, ''), look: 'void', seen, verdict: 'unused' };
  if (!isPage) return { ...base, ...sentText(queue, ' ≠ page'), look: 'warn', seen, verdict: 'disagrees' };
  if (!isAligned)
    return { ...base, ...sentText(queue, ', unaligned'), look: 'warn', seen, verdict: 'disagrees' };
  return { ...base, ...sentText(queue, ''), look: 'plain', seen, verdict: 'agrees' };
}

function sentText({ offer }: QueueSnapshot, remark: string): Pick<Cell, 'title' | 'detail'> {
  if (offer === null) return { title: '—', detail: '—' };
  return { title: `${fileText(offer)} + ${hex(offer.offset)}`, detail: `length ${hex(offer.size)}${remark}` };
}

function pageCell(facts: NotifyFacts, { word, notify, proven }: Description, broken: Break | null): Cell {
  const { queue, page } = facts;
  const { doorbells } = queue.counters;
  const base = {
    hop: 'page',
    title: `${queue.accelerator ?? 'device'} page ${queue.index}`,
    rate: null,
    expected: `rung by q${queue.index} alone`,
    seen: countText(doorbells, 'doorbells'),
  } as const;
  if (word === 'STALE' || word === 'DOWN')
    return { ...base, detail: '—', look: 'unknown', seen: '—', verdict: 'unknown' };
  if (page !== null && page.users.length > 1 && queue.phase === 'mapped') {
    const seen = `given to ${queueList(page.users)}`;
    return page.owner === queue.index
      ? {
          ...base,
          detail: `rung by ${page.users.length > 2 ? `${page.users.length} queues` : page.users.map((index) => `q${index}`).join(' + ')}`,
          rate: 'doorbells',
          look: 'warn',
          seen,
          verdict: 'disagrees',
        }
      : { ...base, detail: 'rung by nobody', look: 'void', seen, verdict: 'disagrees' };
  }
  if (broken?.hop === 'page')
    return queue.phase === 'mapped'
      ? { ...base, detail: 'does not move', rate: 'doorbells', look: 'warn', verdict: 'disagrees' }
      : {
          ...base,
          detail: 'no page of its own',
          look: 'refused',
          seen: queue.reason?.message ?? '—',
          verdict: 'disagrees',
        };
  if (notify === 'relay')
    return { ...base, detail: 'rung by the host', rate: 'doorbells', look: 'plain', verdict: 'unused' };
  if (queue.phase !== 'mapped') return { ...base, detail: '—', look: 'muted', seen: '—', verdict: 'unknown' };
  return {
    ...base,
    detail: `rung by q${queue.index}`,
    rate: 'doorbells',
    look: proven ? 'proven' : 'plain',
    verdict: proven ? 'agrees' : 'unknown',
  };
}
