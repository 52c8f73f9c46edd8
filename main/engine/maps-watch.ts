/**
 * Looks for a mapped page in the front-end's own maps (evidence 2), and goes on looking: a front-end may drop a
 * mapping without a word. It drops one before it sends GET_VRING_BASE too, so a page counts as vanished only
 * when two looks in a row miss it and no message came between them.
 */
import { contradict } from './contradiction.ts';
import type { MapsAnswer } from './ports.ts';
import type { QueueState } from './state.ts';
import type { Turn } from './turn.ts';

/** Reading maps costs the more the larger the front-end is, so one page a tick is looked for, each this often. */
const LOOK_AGAIN_MS = 5000;

/** Asks for a look at the page of a queue, where it is mapped. */
export function lookForPage(turn: Turn, index: number): void {
  const { page, proof } = turn.queue(index);
  if (proof.path !== 'mapped' || page.kind !== 'mapped') return;
  const look = turn.newEffect();
  turn.patchQueue(index, { look, proof: { ...proof, lookedAt: turn.now } });
  turn.do({ kind: 'query-maps', id: look, queue: index, area: page.area.id });
}

/** Of the queues whose page was seen before, looks again for the one that was not looked for the longest. */
export function lookAgain(turn: Turn): void {
  const [next] = turn.state.queues
    .filter((queue) => isWatched(queue) && turn.now - queue.proof.lookedAt >= patience(queue))
    .sort((a, b) => a.proof.lookedAt - b.proof.lookedAt);
  if (next !== undefined) lookForPage(turn, next.index);
}

const isWatched = ({ proof, look, contradiction }: QueueState): boolean =>
  proof.path === 'mapped' && proof.seen && look === null && contradiction?.code !== 'mapping-vanished';

/** What seems wrong is looked at with the next tick. */
const patience = ({ proof, contradiction }: QueueState): number =>
  proof.missed || contradiction !== null ? 0 : LOOK_AGAIN_MS;

/** The front-end's maps were searched for the page that it says it mapped. */
export function pageLooked(turn: Turn, index: number, answer: MapsAnswer): void {
  const { proof } = turn.queue(index);
  if (answer.kind === 'denied') {
    turn.patchQueue(index, { look: null, mapsReadable: false, mapsReason: answer.reason });
  } else if (answer.kind === 'mapped') {
    turn.patch({ mapsTrusted: true });
    turn.patchQueue(index, {
      look: null,
      mapsReadable: true,
      mapsReason: null,
      mappedAt: answer.address,
      proof: { ...proof, seen: true, missed: false },
    });
  } else if (proof.seen) {
    pageMissed(turn, index);
  } else {
    const readable = turn.state.mapsTrusted;
    turn.patchQueue(index, {
      look: null,
      mapsReadable: readable,
      mapsReason: readable ? null : 'The process behind the socket is not the one that maps the page',
    });
  }
}

function pageMissed(turn: Turn, index: number): void {
  const { proof } = turn.queue(index);
  if (!proof.missed) {
    turn.patchQueue(index, { look: null, proof: { ...proof, missed: true } });
    return;
  }
  turn.patchQueue(index, { look: null, mappedAt: null, proof: { ...proof, seen: false } });
  const message = 'The page is gone from the maps of the front-end, and no message told of it';
  contradict(turn, index, 'mapping-vanished', message);
}
