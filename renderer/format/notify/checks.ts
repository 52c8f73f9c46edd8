/**
 * The nine checks of one lane, each from what was sent, answered or measured. A check passes only on such a
 * fact; what cannot be known from here is unknown, and what this path does not use is unused. Pure.
 */
import { describe } from '../../../app/contract/describe.ts';
import { hex } from '../numbers.ts';
import { isAccepted, isLate, missingFeatures, PAGE_FEATURES, type NotifyFacts } from './facts.ts';
import { answerText, fileText, queueList } from './words.ts';

export type CheckStatus = 'pass' | 'fail' | 'unknown' | 'unused';

export interface Check {
  readonly number: 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
  readonly name: string;
  readonly status: CheckStatus;
  /** The values compared; an em dash where there are none. */
  readonly value: string;
}

type Finding = readonly [CheckStatus, string];
const UNKNOWN: Finding = ['unknown', '—'];
const UNUSED: Finding = ['unused', 'no page is in use'];

export function checksOf(facts: NotifyFacts): readonly Check[] {
  const check = (number: Check['number'], name: string, [status, value]: Finding): Check => ({
    number,
    name,
    status,
    value,
  });
  const bits = Object.values(PAGE_FEATURES).join(' ');
  return [
    check(1, `feature bits ${bits}`, features(facts)),
    check(2, 'slot = index × page', slot(facts)),
    check(3, 'length = host page', length(facts)),
    check(4, 'offset page-aligned', offset(facts)),
    check(5, 'page unique per queue', unique(facts)),
    check(6, 'fd is the device’s page', identity(facts)),
    check(7, 'answer for this generation', answer(facts)),
    check(8, 'seen in the VMM’s maps', maps(facts)),
    check(9, 'proof by traffic', traffic(facts)),
  ];
}

/** No page is wanted and none is in use: the checks of the page say nothing about this queue. */
const isPageless = ({ queue }: NotifyFacts): boolean =>
  queue.desired === 'software' && queue.notifyRegion === null;

function features(facts: NotifyFacts): Finding {
  const missing = missingFeatures(facts.session);
  if (missing === null) return UNKNOWN;
  if (missing.length === 0) return ['pass', 'all negotiated'];
  return ['fail', `missing ${missing.map((name) => `${name} (${PAGE_FEATURES[name]})`).join(', ')}`];
}

/** The guest's own view of its BAR is not ours to see: only traffic shows that the slot leads to the page. */
function slot(facts: NotifyFacts): Finding {
  const { queue } = facts;
  if (isPageless(facts)) return UNUSED;
  if (queue.offer === null) return UNKNOWN;
  const page = BigInt(queue.offer.hostPageSize);
  const place = `0x${(BigInt(queue.index) * page).toString(16)}`;
  const sum = `${hex(place)} = ${queue.index} × ${hex(queue.offer.hostPageSize)}`;
  return describe(queue).proven ? ['pass', sum] : ['unknown', `${sum}, computed`];
}

function length(facts: NotifyFacts): Finding {
  const { offer } = facts.queue;
  if (isPageless(facts)) return UNUSED;
  if (offer === null) return UNKNOWN;
  const agrees = BigInt(offer.size) === BigInt(offer.hostPageSize);
  return agrees
    ? ['pass', `${hex(offer.size)} = ${hex(offer.hostPageSize)}`]
    : ['fail', `${hex(offer.size)} ≠ ${hex(offer.hostPageSize)}`];
}

function offset(facts: NotifyFacts): Finding {
  const { offer } = facts.queue;
  if (isPageless(facts)) return UNUSED;
  if (offer === null) return UNKNOWN;
  const rest = BigInt(offer.offset) % BigInt(offer.hostPageSize);
  return rest === 0n
    ? ['pass', hex(offer.offset)]
    : ['fail', `${hex(offer.offset)} is ${hex(`0x${rest.toString(16)}`)} past a page`];
}

function unique(facts: NotifyFacts): Finding {
  const { queue, page } = facts;
  if (isPageless(facts)) return UNUSED;
  if (page === null) return UNKNOWN;
  return page.users.length === 1
    ? ['pass', `only q${queue.index}`]
    : ['fail', `${queueList(page.users)} were given it`];
}

function identity(facts: NotifyFacts): Finding {
  const { offer, accelerator } = facts.queue;
  if (isPageless(facts)) return UNUSED;
  if (offer === null || offer.file.key === null) return UNKNOWN;
  return ['pass', `${fileText(offer)}${accelerator === null ? '' : ` of ${accelerator}`}`];
}

function answer(facts: NotifyFacts): Finding {
  const { offer } = facts.queue;
  if (isPageless(facts)) return UNUSED;
  if (offer === null) return UNKNOWN;
  if (offer.answer === null)
    return offer.timedOut ? ['fail', `no answer to g${offer.generation} in time`] : UNKNOWN;
  const said = `${answerText(offer.answer)} to g${offer.generation}`;
  if (offer.ended !== null && isLate(offer)) return ['fail', `${said}, which ${offer.ended.cause} had ended`];
  if (offer.ended !== null && isAccepted(offer))
    return ['unknown', `${said}, which ${offer.ended.cause} ended`];
  return isAccepted(offer) ? ['pass', said] : ['fail', said];
}

function maps(facts: NotifyFacts): Finding {
  const { queue } = facts;
  if (isPageless(facts)) return UNUSED;
  if (queue.contradiction?.code === 'mapping-vanished') return ['fail', 'it was there and is gone'];
  if (queue.mappedAt !== null) return ['pass', `at ${hex(queue.mappedAt)}`];
  if (queue.mapsReadable === false) return ['unknown', `not permitted: ${queue.mapsReason ?? '—'}`];
  return UNKNOWN;
}

function traffic(facts: NotifyFacts): Finding {
  const { queue } = facts;
  if (isPageless(facts)) return UNUSED;
  if (queue.contradiction !== null) return ['fail', queue.contradiction.message];
  return describe(queue).proven ? ['pass', 'no kick, doorbell rang, used moved'] : UNKNOWN;
}

/** The first check that fails is where to look first. */
export const firstFailure = (checks: readonly Check[]): Check | null =>
  checks.find(({ status }) => status === 'fail') ?? null;
