/** The lane of a queue that the engine serves: slot, kick eventfd, worker, call eventfd. Pure. */
import type { Description } from '../../../app/contract/describe.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { NotifyFacts } from './facts.ts';
import type { Cell, LaneParts, LinkStyle } from './lane.ts';
import { countText } from './words.ts';

export const slotTitle = (queue: QueueSnapshot): string => `slot ${queue.index}`;

export function softwareLane({ queue }: NotifyFacts, description: Description): LaneParts {
  const isServed = queue.evidence >= 3;
  const link: LinkStyle = isServed ? 'served' : 'software';
  const fellBack = description.word === 'FELL BACK';
  return {
    cells: [slot(queue), kick(queue, isServed), worker(queue, isServed), device(queue, fellBack)],
    links: [link, link, fellBack ? 'doubted' : 'end'],
    broken: fellBack ? { hop: 'page', link: 2, mark: 'cross' } : null,
    crossing: null,
  };
}

/** A store to a slot that no page is mapped to is the VMM's to see; it turns it into a kick. */
function slot(queue: QueueSnapshot): Cell {
  return {
    hop: 'slot',
    title: slotTitle(queue),
    detail: 'trapped, kicks the eventfd',
    rate: null,
    look: 'plain',
    expected: 'a store is trapped by the VMM',
    seen: countText(queue.counters.kicks, 'kicks'),
    verdict: queue.evidence >= 3 ? 'agrees' : 'unknown',
  };
}

function kick(queue: QueueSnapshot, isServed: boolean): Cell {
  const polled = queue.kick === 'none';
  return {
    hop: 'kick',
    title: polled ? 'no kick fd' : (queue.kickIdentity ?? queue.kick ?? '—'),
    detail: polled ? 'the engine polls' : 'kick eventfd',
    rate: null,
    look: 'software',
    expected: polled ? 'the ring is polled' : 'kicks arrive here',
    seen: countText(queue.counters.kicks, 'kicks'),
    verdict: isServed ? 'agrees' : 'unknown',
  };
}

function worker(queue: QueueSnapshot, isServed: boolean): Cell {
  const served = queue.counters.engineDescriptors;
  return {
    hop: 'worker',
    title: 'engine worker',
    detail: 'serves',
    rate: 'kicks',
    look: 'software',
    expected: 'completes descriptors, writes the call eventfd',
    seen: countText(served, 'descriptors'),
    verdict: isServed ? 'agrees' : 'unknown',
  };
}

function device(queue: QueueSnapshot, fellBack: boolean): Cell {
  if (!fellBack || queue.reason === null)
    return {
      hop: 'page',
      title: 'no device hop',
      detail: queue.desired === 'software' ? 'as desired' : '—',
      rate: null,
      look: 'absent',
      expected: queue.desired === 'software' ? 'none' : 'a page of the accelerator',
      seen: 'none',
      verdict: queue.desired === 'software' ? 'unused' : 'unknown',
    };
  return {
    hop: 'page',
    title: queue.desiredAccelerator ?? 'accelerator',
    detail: queue.reason.code,
    rate: null,
    look: 'refused',
    expected: 'the accelerator serves the ring',
    seen: queue.reason.message,
    verdict: 'disagrees',
  };
}
