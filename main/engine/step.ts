/**
 * `step(state, event, context) → {state, effects, reply, afterReply}`: the whole engine of one session as a
 * pure function. Within one step, in this order: the event is taken in; each ring moves towards where the
 * front-end's messages want it; the reply goes out if nothing stands in its way; only then, and only while
 * no reply is owed, the front-end is told of its guest's link and queues move between engine and accelerator.
 */
import { assertNever } from '../base/assert-never.ts';
import { advanceAcceleration, ownerReported, preparationReported } from './arming.ts';
import { answered, channelOpened, loseChannel, timedOut } from './back-end.ts';
import { breakRing } from './break-ring.ts';
import { acknowledge, cancel, setDesired } from './commands.ts';
import { disconnect } from './disconnect.ts';
import type { Effect } from './effects.ts';
import { sampled, settleEvidence, settlePath } from './evidence.ts';
import type { SessionEvent } from './events.ts';
import { deviceFailed } from './fault.ts';
import { tellLink } from './guest-link.ts';
import { holdLooked, holdTimer } from './hold.ts';
import { askForTranslation, missNoted, missUnanswered, readMisses } from './iommu.ts';
import { lookAgain, pageLooked } from './maps-watch.ts';
import type { EffectId } from './ids.ts';
import { logMapped, settleLogs } from './logging.ts';
import { memoryMapped, releaseRetired } from './messages/memory.ts';
import { isAtRest, settlePhase } from './phase.ts';
import { causeOf, receive, settleReply, type Reply } from './reply.ts';
import { advanceRing, ringReported } from './rings.ts';
import { compareMappedPages } from './shared-page.ts';
import type { SampleRow } from './ports.ts';
import type { SessionState } from './state.ts';
import { Turn, type StepContext } from './turn.ts';
import { wrapSampled } from './wrap.ts';

export interface StepResult {
  readonly state: SessionState;
  /** Before the reply. */
  readonly effects: readonly Effect[];
  readonly reply: Reply;
  readonly afterReply: readonly Effect[];
}

export function step(state: SessionState, event: SessionEvent, context: StepContext): StepResult {
  const turn = new Turn(state, context, causeOf(event), concernsAll(state, event));
  const said = take(turn, event);
  settleLogs(turn);
  for (const index of turn.affected()) advanceRing(turn, index);
  const { owed } = turn.state;
  const reply = owed === null ? said : settleReply(turn, owed);
  settleGuards(turn);
  const effects = turn.takeEffects();
  if (turn.state.owed === null && !turn.state.closed) {
    tellLink(turn);
    for (const index of turn.affected()) {
      askForTranslation(turn, index);
      advanceAcceleration(turn, index);
    }
  }
  for (const index of turn.affected()) {
    settlePhase(turn, index);
    settlePath(turn, index);
  }
  compareMappedPages(turn);
  for (const index of turn.affected()) settleEvidence(turn, index);
  settleGuards(turn);
  releaseRetired(turn);
  return { state: turn.state, effects, reply, afterReply: turn.takeEffects() };
}

/**
 * A message concerns the queue that it names, unless it changes what queues share (`Turn.patch`). All else may find
 * any queue with something to do: time has passed, an accelerator has changed, a reply that held them back was given.
 */
const concernsAll = (state: SessionState, event: SessionEvent): boolean =>
  event.kind !== 'frame' || state.owed !== null;

const NOTHING_SAID: Reply = { kind: 'none' };

function take(turn: Turn, event: SessionEvent): Reply {
  if (event.kind === 'frame') return receive(turn, event);
  follow(turn, event);
  return NOTHING_SAID;
}

function follow(turn: Turn, event: Exclude<SessionEvent, { readonly kind: 'frame' }>): void {
  switch (event.kind) {
    case 'done':
      report(turn, event);
      return;
    case 'answer':
      answered(turn, event.value);
      return;
    case 'back-end-lost':
      loseChannel(turn, event.message);
      return;
    case 'set-desired':
      setDesired(turn, event);
      return;
    case 'cancel':
      cancel(turn, event.queue, event.request);
      return;
    case 'acknowledge':
      acknowledge(turn, event.queue);
      return;
    case 'device-fault':
      deviceFailed(turn, event.accelerator, event.message);
      return;
    case 'accelerator-changed':
      // What follows from it is in the context.
      return;
    case 'missed':
      missNoted(turn, event.queue, event.miss);
      return;
    case 'sampled':
      for (const [index, row] of event.rows.entries()) takeSample(turn, index, row);
      lookAgain(turn);
      return;
    case 'end':
      turn.patch({ ending: true });
      return;
    case 'disconnected':
      disconnect(turn);
      return;
    default:
      assertNever(event);
  }
}

function report(
  turn: Turn,
  { effect, report: said }: Extract<SessionEvent, { readonly kind: 'done' }>,
): void {
  switch (said.of) {
    case 'map-log':
      logMapped(turn, said);
      reported(turn, effect, !said.result.ok);
      return;
    case 'map-memory':
      reported(turn, effect, memoryMapped(turn, said).failed);
      return;
    case 'open-back-end':
      channelOpened(turn, said.result);
      reported(turn, effect, !said.result.ok);
      return;
    case 'start':
    case 'stop':
    case 'replace-memory':
      if (turn.queue(said.queue).op?.effect === effect) ringReported(turn, said);
      return;
    case 'take-area':
      if (turn.queue(said.queue).op?.effect === effect) ownerReported(turn, said);
      else if (said.result.ok) turn.do({ kind: 'close-area', area: said.result.value.id });
      return;
    case 'prepare':
      if (turn.queue(said.queue).preparation?.effect === effect) preparationReported(turn, said);
      return;
    case 'handover-to':
    case 'handover-back':
      if (turn.queue(said.queue).op?.effect === effect) ownerReported(turn, said);
      return;
    case 'translate':
      reported(turn, effect, !said.result.ok);
      readMisses(turn);
      return;
    case 'forget-translations':
      reported(turn, effect, false);
      return;
    case 'read-miss':
      missNoted(turn, said.queue, said.miss);
      return;
    case 'query-maps':
      if (turn.queue(said.queue).hold?.waiting === effect) holdLooked(turn, said.queue, said.answer);
      else if (turn.queue(said.queue).look === effect) pageLooked(turn, said.queue, said.answer);
      return;
    case 'sample':
      takeSample(turn, said.queue, said.row);
      return;
    case 'timer':
      if (turn.queue(said.queue).hold?.waiting === effect) holdTimer(turn, said.queue);
      else if (turn.queue(said.queue).translation?.timer === effect) missUnanswered(turn, said.queue);
      else timedOut(turn, effect);
      return;
    default:
      assertNever(said);
  }
}

/** A report that a reply waited for. */
function reported(turn: Turn, effect: EffectId, failed: boolean): void {
  const { owed } = turn.state;
  if (owed === null) return;
  turn.owe({
    ...owed,
    waits: owed.waits.filter((id) => id !== effect),
    failed: owed.failed || failed,
  });
}

function takeSample(turn: Turn, index: number, row: SampleRow | null): void {
  if (row === null) return;
  const queue = turn.queue(index);
  sampled(turn, index, row);
  wrapSampled(turn, index, row);
  if (row.broken !== null && !queue.broken && queue.owner.kind !== 'nobody')
    breakRing(turn, index, { code: row.broken, message: `The ring broke: ${row.broken}` });
}

/**
 * The engine polls rings whose page may still be rung, those whose traffic contradicts their mapping, and those
 * whose front-end asked to be polled.
 */
function settleGuards(turn: Turn): void {
  if (turn.state.closed) return;
  for (const index of turn.affected()) {
    const { owner, page, kick, contradiction, guardPoll } = turn.queue(index);
    const exposed = !isAtRest(page);
    const on =
      owner.kind !== 'nobody' &&
      ((owner.kind === 'engine' && exposed) ||
        page.kind === 'unconfirmed' ||
        contradiction !== null ||
        kick.kind === 'none');
    if (on === guardPoll) continue;
    turn.patchQueue(index, { guardPoll: on });
    turn.do({ kind: 'set-guard-poll', queue: index, on });
  }
}
