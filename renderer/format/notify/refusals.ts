/** Why a front-end refused the page that it was offered: what was sent, against what front-ends are known to accept. Pure. */
import type { PageOffer } from '../../../app/contract/snapshot.ts';
import { hex, nanoseconds } from '../numbers.ts';
import type { Input, Verdict } from './verdict.ts';
import { isAccepted, isRefused, type NotifyFacts } from './facts.ts';
import { answerCode, capital, frontEnd, isQemu, nameOf, offerText, queueList } from './words.ts';

const FOUR_KIB = 4096n;

type Cause = Pick<Verdict, 'id' | 'cause' | 'certainty' | 'about' | 'next' | 'remedy'> & {
  readonly proof?: string;
};

export function refusalVerdict(facts: NotifyFacts, offer: PageOffer): Verdict {
  const { queue, session } = facts;
  const code = offer.answer === null ? '—' : answerCode(offer.answer);
  const after = offer.answer === null ? '—' : nanoseconds(offer.answer.latencyMs * 1e6);
  const found = causeOf(facts, offer);
  return {
    what: `${nameOf(queue)} did not accelerate. ${capital(frontEnd(session))} refused the notify page: answer ${code} after ${after}, generation ${offer.generation}.`,
    basis: 'sent and answered',
    ...found,
    proof: found.proof ?? proofOf(facts, offer),
    inputs: inputsOf(offer, code),
  };
}

function inputsOf(offer: PageOffer, code: string): readonly Input[] {
  return [
    { name: 'answer', value: code },
    { name: 'length', value: hex(offer.size) },
    { name: 'host page', value: hex(offer.hostPageSize) },
    { name: 'page', value: offerText(offer) },
    { name: 'generation', value: `g${offer.generation}` },
  ];
}

/** What the other queues of the same front-end were sent, and what became of it. */
function proofOf({ queue, siblings }: NotifyFacts, offer: PageOffer): string {
  const others = siblings.filter((one) => one.index !== queue.index);
  const accepted = others.filter((one) => one.offer !== null && isAccepted(one.offer));
  const refused = others.filter((one) => one.offer !== null && isRefused(one.offer));
  const parts = [`sent ${offerText(offer)}, length ${hex(offer.size)}`];
  if (accepted.length > 0) parts.push(`${queueList(accepted.map(({ index }) => index))} were answered 0`);
  if (refused.length > 0) parts.push(`${queueList(refused.map(({ index }) => index))} refused too`);
  if (accepted.length === 0 && refused.length === 0) parts.push('no other queue was offered a page');
  return `${capital(parts.join('; '))}.`;
}

function causeOf(facts: NotifyFacts, offer: PageOffer): Cause {
  const { session, siblings } = facts;
  const size = BigInt(offer.size);
  const hostPage = BigInt(offer.hostPageSize);
  const mapper = isQemu(session) ? 'QEMU maps' : 'front-ends map';
  if (session.simulated)
    return {
      id: 'lab-fault',
      cause: 'A lab fault: the simulated guest refuses a valid page only when a scenario tells it to.',
      certainty: 'likely',
      about: 'simulated',
      next: 'Choose another scenario, then retry.',
      remedy: null,
    };
  if (size !== hostPage)
    return {
      id: 'size-not-page',
      cause: `Length ${hex(offer.size)} differs from the host page ${hex(offer.hostPageSize)}; ${mapper} exactly one page per queue.`,
      certainty: 'likely',
      about: 'size check',
      next: 'Use an accelerator whose notify pages have the size of the host’s; until then the host relays each kick.',
      remedy: null,
    };
  if (hostPage !== FOUR_KIB)
    return {
      id: 'host-page-not-4k',
      cause: `The host page is ${hex(offer.hostPageSize)}, but page-per-vq gives each queue 0x1000 of the BAR.`,
      certainty: 'likely',
      about: 'page sizes',
      next: 'Use a host kernel with 4 KiB pages; until then the host relays each kick.',
      remedy: null,
    };
  const accepted = siblings.filter((one) => one.offer !== null && isAccepted(one.offer));
  if (accepted.length === 0)
    return {
      id: 'page-per-vq-off',
      cause: 'The device has no page per queue: page-per-vq=on is missing, or its transport is legacy.',
      certainty: 'likely',
      about: 'no queue accepted',
      next: 'Start the VM with this device, then retry:',
      remedy: pagePerVq(session.commandLine),
    };
  return {
    id: 'only-some-refused',
    cause: 'The offset may lie beyond the file, or the index beyond the VM’s queues.',
    certainty: 'possible',
    about: 'only some refused',
    next: 'Compare this lane with one that was accepted, then retry.',
    remedy: null,
  };
}

/** The device option of the endpoint's own command line, which a test runs; else the fragment that matters. */
export function pagePerVq(commandLine: string): string {
  const [device] = /-device \S*page-per-vq=on\S*/.exec(commandLine) ?? [];
  return device ?? '-device virtio-net-pci,…,page-per-vq=on';
}
