/**
 * What is known about the notify path in use, as levels: 1 acknowledged, 2 seen in the front-end's maps,
 * 3 proven by traffic. Evidence is about one path of one generation and starts anew with the next; a
 * contradiction takes the proof back.
 */
import type { Evidence } from '../../app/contract/words.ts';
import { contradict } from './contradiction.ts';
import { lookForPage } from './maps-watch.ts';
import { pathOf } from './phase.ts';
import type { SampleRow } from './ports.ts';
import type { Proof, QueueState } from './state.ts';
import type { Turn } from './turn.ts';

/** Kicks that were on their way when the page was acknowledged. */
const GRACE_MS = 500;
/** One kick may be a front-end's own (it kicks once when it starts a ring); a guest that kicks on goes on. */
const LATE_KICKS_ALLOWED = 1;
/** Descriptors that wait for so long while nothing moves were announced to nobody. */
const STUCK_MS = 1500;

/** Whether the counter is known to have grown. */
const grew = (now: number | null, before: number | null): boolean =>
  now !== null && before !== null && now > before;

/** Begins a new window when the path changed, and asks for the counters that it starts from. */
export function settlePath(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const path = pathOf(queue);
  if (path === queue.proof.path) return;
  const proof: Proof = {
    path,
    since: turn.now,
    baseline: null,
    notifyProven: false,
    interruptProven: false,
    seen: false,
    missed: false,
    lookedAt: turn.now,
    lateKicks: 0,
    stuckSince: null,
  };
  turn.patchQueue(index, { proof, contradiction: null, look: null, mappedAt: null });
  if (path === 'none' || path === 'changing') return;
  turn.do({ kind: 'sample', id: turn.newEffect(), queue: index });
  lookForPage(turn, index);
}

/** New counters of one queue. */
export function sampled(turn: Turn, index: number, row: SampleRow): void {
  const queue = turn.queue(index);
  const { proof } = queue;
  turn.patchQueue(index, { sample: row });
  if (proof.path === 'none' || proof.path === 'changing') return;
  const { baseline } = proof;
  if (baseline === null) {
    turn.patchQueue(index, { proof: { ...proof, baseline: row } });
    return;
  }
  if (proof.path === 'mapped') sampledMapped(turn, queue, baseline, row);
  else sampledServed(turn, queue, baseline, row);
}

/** Software and relay: kicks are ours to see, so served descriptors prove the path. */
function sampledServed(turn: Turn, queue: QueueState, baseline: SampleRow, row: SampleRow): void {
  const { proof } = queue;
  const software = proof.path === 'software';
  const served = software
    ? grew(row.engineDescriptors, baseline.engineDescriptors)
    : grew(row.deviceDescriptors, baseline.deviceDescriptors) && grew(row.kicks, baseline.kicks);
  const interrupted = software ? grew(row.calls, baseline.calls) : grew(row.interrupts, baseline.interrupts);
  if ((!served || proof.notifyProven) && (!interrupted || proof.interruptProven)) return;
  turn.patchQueue(queue.index, {
    proof: {
      ...proof,
      notifyProven: proof.notifyProven || served,
      interruptProven: proof.interruptProven || interrupted,
    },
  });
}

/**
 * Mapped: within one window no kick came, a doorbell woke the idle accelerator and it completed chains. A
 * kick within the grace period starts the window anew; later ones contradict the acknowledgement.
 */
function sampledMapped(turn: Turn, queue: QueueState, baseline: SampleRow, row: SampleRow): void {
  const { proof } = queue;
  const kicked = grew(row.kicks, baseline.kicks);
  const interrupted = proof.interruptProven || grew(row.interrupts, baseline.interrupts);
  if (kicked) {
    const late = turn.now - proof.since > GRACE_MS;
    const fresh = (row.kicks ?? 0) - (baseline.kicks ?? 0);
    const lateKicks = late ? proof.lateKicks + fresh : proof.lateKicks;
    turn.patchQueue(queue.index, {
      proof: { ...proof, baseline: row, lateKicks, interruptProven: interrupted, stuckSince: null },
    });
    if (lateKicks > LATE_KICKS_ALLOWED)
      contradict(
        turn,
        queue.index,
        'kicks-after-ack',
        `${lateKicks} kicks came by eventfd after the page was acknowledged`,
      );
    return;
  }
  const proven =
    row.provenWakes === null ? movedUnseen(row, baseline) : grew(row.provenWakes, baseline.provenWakes);
  const stuckSince = isStuck(queue, row) ? (proof.stuckSince ?? turn.now) : null;
  const notifyProven = proof.notifyProven || (proven && queue.contradiction === null);
  if (
    notifyProven !== proof.notifyProven ||
    interrupted !== proof.interruptProven ||
    stuckSince !== proof.stuckSince
  )
    turn.patchQueue(queue.index, {
      proof: { ...proof, notifyProven, interruptProven: interrupted, stuckSince },
    });
  if (stuckSince !== null && turn.now - stuckSince >= STUCK_MS)
    contradict(
      turn,
      queue.index,
      'doorbell-unseen',
      'Descriptors wait, no kick came and the accelerator does not move',
    );
}

/** Where doorbells cannot be counted: the ring moved on both sides and no kick came. */
function movedUnseen(row: SampleRow, baseline: SampleRow): boolean {
  return (
    row.availIdx !== null &&
    row.usedIdx !== null &&
    row.availIdx !== baseline.availIdx &&
    row.usedIdx !== baseline.usedIdx
  );
}

/** Only what a guest sends must be taken at once; buffers to receive into wait as long as nothing comes. */
function isStuck(queue: QueueState, row: SampleRow): boolean {
  const before = queue.sample;
  if (queue.role !== 'tx' || before === null || row.availIdx === null || row.usedIdx === null) return false;
  return (
    row.availIdx !== row.usedIdx &&
    row.usedIdx === before.usedIdx &&
    row.availIdx === before.availIdx &&
    row.doorbells === before.doorbells
  );
}

/** Writes both levels from what is known. */
export function settleEvidence(turn: Turn, index: number): void {
  const queue = turn.queue(index);
  const notify = notifyEvidence(queue);
  const interrupt = interruptEvidence(queue);
  if (notify !== queue.evidence || interrupt !== queue.interruptEvidence)
    turn.patchQueue(index, { evidence: notify, interruptEvidence: interrupt });
}

function notifyEvidence({ proof }: QueueState): Evidence {
  if (proof.path === 'none' || proof.path === 'changing') return 0;
  if (proof.notifyProven) return 3;
  return proof.seen ? 2 : 1;
}

function interruptEvidence({ proof, call }: QueueState): Evidence {
  if (proof.path === 'none' || proof.path === 'changing' || call.kind !== 'fd') return 0;
  return proof.interruptProven ? 3 : 1;
}
