/**
 * The wait between the removal of a notify page and the next offer for the same queue (design rule 8).
 *
 * QEMU unmaps a removed page in an RCU callback and aborts if a second removal comes before it. We cannot
 * delay a guest's reset, which removes too, so the offer waits: until the earlier page is gone from the
 * front-end's maps, or, where those cannot be read, until 250 ms have passed that include an answered round
 * trip after the wait began and no moment at which we owed a reply.
 */
import type { MapsAnswer } from './ports.ts';
import { sendRemoval } from './page.ts';
import type { QueueRequest } from './state.ts';
import type { Turn } from './turn.ts';

/** Between looks into the maps; a callback usually runs within some 50 ms. */
const LOOK_AGAIN_MS = 15;
const BLIND_WAIT_MS = 250;
/** After a blind wait whose round trip is still open. */
const ROUND_TRIP_AGAIN_MS = 20;

/** Begins the wait if an earlier page may still be mapped. True while the queue has to wait. */
export function mustHold(turn: Turn, index: number): boolean {
  const queue = turn.queue(index);
  if (queue.removed === null) return false;
  if (queue.hold === null) look(turn, index);
  return true;
}

function look(turn: Turn, index: number): void {
  const { removed } = turn.queue(index);
  if (removed === null) return;
  const waiting = turn.newEffect();
  turn.patchQueue(index, { hold: { mode: 'maps', waiting, roundTrip: 'none' } });
  turn.do({ kind: 'query-maps', id: waiting, queue: index, area: removed.id });
}

function waitBlind(turn: Turn, index: number): void {
  const roundTrip = sendRemoval(turn, index, 'round-trip') ?? 'none';
  turn.patchQueue(index, {
    hold: { mode: 'blind', waiting: timer(turn, index, BLIND_WAIT_MS), roundTrip },
  });
}

function timer(turn: Turn, index: number, milliseconds: number) {
  const id = turn.newEffect();
  turn.do({ kind: 'timer', id, queue: index, milliseconds });
  return id;
}

function release(turn: Turn, index: number): void {
  const { removed } = turn.queue(index);
  if (removed !== null) turn.do({ kind: 'close-area', area: removed.id });
  turn.patchQueue(index, { removed: null, hold: null });
}

/** What the maps of the front-end say about the page that must be gone. */
export function holdLooked(turn: Turn, index: number, answer: MapsAnswer): void {
  const { hold } = turn.queue(index);
  if (hold === null) return;
  switch (answer.kind) {
    case 'mapped':
      turn.patch({ mapsTrusted: true });
      turn.patchQueue(index, { mapsReadable: true, mapsReason: null });
      turn.patchQueue(index, { hold: { ...hold, waiting: timer(turn, index, LOOK_AGAIN_MS) } });
      return;
    case 'unmapped':
      // Only a process that was seen with a page of ours is known to be the one that maps them.
      if (turn.state.mapsTrusted) release(turn, index);
      else waitBlind(turn, index);
      return;
    case 'denied':
      turn.patchQueue(index, { mapsReadable: false, mapsReason: answer.reason });
      waitBlind(turn, index);
      return;
  }
}

/** A timer of the wait fired. */
export function holdTimer(turn: Turn, index: number): void {
  const { hold } = turn.queue(index);
  if (hold === null) return;
  if (hold.mode === 'maps') look(turn, index);
  else if (turn.state.owed !== null)
    turn.patchQueue(index, { hold: { ...hold, waiting: timer(turn, index, BLIND_WAIT_MS) } });
  else if (hold.roundTrip === 'answered') release(turn, index);
  else turn.patchQueue(index, { hold: { ...hold, waiting: timer(turn, index, ROUND_TRIP_AGAIN_MS) } });
}

export function roundTripAnswered(turn: Turn, request: QueueRequest): void {
  const { hold } = turn.queue(request.queue);
  if (hold?.roundTrip === request.id)
    turn.patchQueue(request.queue, { hold: { ...hold, roundTrip: 'answered' } });
}
