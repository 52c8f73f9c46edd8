/** One queue's state as the contract tells it: hex for u64, null for what is not known. Pure. */
import type { PageOffer, QueueCounters, QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { MemoryId } from '../engine/ids.ts';
import type { Accelerator, SampleRow } from '../engine/ports.ts';
import type { Notifier, Offer, Page, QueueState } from '../engine/state.ts';

export const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Transitions that travel with each record of a queue; the feed has all of them, once. */
const RECENT = 8;

const UNKNOWN_COUNTERS: QueueCounters = {
  kicks: null,
  doorbells: null,
  interrupts: null,
  calls: null,
  engineDescriptors: null,
  deviceDescriptors: null,
};

function countersOf(sample: SampleRow | null): QueueCounters {
  if (sample === null) return UNKNOWN_COUNTERS;
  const { kicks, doorbells, interrupts, calls, engineDescriptors, deviceDescriptors } = sample;
  return { kicks, doorbells, interrupts, calls, engineDescriptors, deviceDescriptors };
}

/** Whether the front-end has the page mapped; null while nobody can tell. */
function isMapped(page: Page): boolean | null {
  switch (page.kind) {
    case 'none':
    case 'taken':
    case 'kept':
      return false;
    // Sent anew in rfc2018, an earlier mapping of it goes on.
    case 'offered':
      return page.resent;
    case 'mapped':
    case 'restored':
      return true;
    case 'withdrawing':
    case 'unconfirmed':
      return null;
  }
}

function notifierText(notifier: Notifier): string | null {
  switch (notifier.kind) {
    case 'unset':
      return null;
    case 'none':
      return 'none';
    case 'fd':
      return `eventfd #${notifier.fd}`;
  }
}

function offerSnapshot(offer: Offer | null): PageOffer | null {
  if (offer === null) return null;
  const { generation, area, pageSize, sentAt, answer, timedOut, ended } = offer;
  return {
    generation,
    offset: hex(area.offset),
    size: hex(area.size),
    hostPageSize: hex(pageSize),
    file: area.file,
    sentAt,
    answer: answer === null ? null : { code: hex(answer.value), latencyMs: Math.max(0, answer.at - sentAt) },
    timedOut,
    ended,
  };
}

const identityOf = (notifier: Notifier): string | null => (notifier.kind === 'fd' ? notifier.key : null);

function groupOf(queue: QueueState, accelerators: readonly Accelerator[]): QueueSnapshot['group'] {
  const { owner } = queue;
  // After a stop the front-end may have dropped it: a reset is not told apart.
  const sent = queue.group.kind === 'sent' && queue.group.current ? queue.group.accelerator : null;
  const id = sent ?? (owner.kind === 'accelerator' ? owner.id : null);
  const holder = accelerators.find((accelerator) => accelerator.id === id);
  const group = holder?.group() ?? null;
  if (holder === undefined || group === null) return null;
  return { id: group.id, holders: holder.holders().length, sent: sent !== null };
}

/** `memory`: the session's present table. */
export function queueSnapshot(
  queue: QueueState,
  accelerators: readonly Accelerator[],
  memory: MemoryId | null = null,
): QueueSnapshot {
  const { addresses, page, sample } = queue;
  return {
    index: queue.index,
    role: queue.role,
    size: queue.size,
    started: queue.phase !== 'down',
    enabled: queue.enabled,
    desired: queue.desired,
    desiredAccelerator: queue.desiredAccelerator,
    phase: queue.phase,
    step: queue.step,
    evidence: queue.evidence,
    interruptEvidence: queue.interruptEvidence,
    mapsReadable: queue.mapsReadable,
    mapsReason: queue.mapsReason,
    generation: queue.generation,
    since: queue.since,
    reason: queue.reason,
    acknowledged: queue.acknowledged,
    contradiction: queue.contradiction,
    accelerator: queue.owner.kind === 'accelerator' ? queue.owner.id : null,
    group: groupOf(queue, accelerators),
    notifyRegion:
      page.kind === 'none'
        ? null
        : { mapped: isMapped(page), offset: hex(page.area.offset), size: hex(page.area.size) },
    offer: offerSnapshot(queue.offer),
    mappedAt: queue.mappedAt === null ? null : hex(queue.mappedAt),
    counters: countersOf(sample),
    availIdx: sample?.availIdx ?? null,
    usedIdx: sample?.usedIdx ?? null,
    vring:
      addresses === null
        ? null
        : { desc: hex(addresses.desc), avail: hex(addresses.avail), used: hex(addresses.used) },
    underEarlierTable: queue.memory !== null && memory !== null && queue.memory !== memory,
    kick: notifierText(queue.kick),
    call: notifierText(queue.call),
    kickIdentity: identityOf(queue.kick),
    callIdentity: identityOf(queue.call),
    blackoutNs: queue.blackoutNs,
    transitions: queue.transitions.slice(-RECENT),
  };
}
