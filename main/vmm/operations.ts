/**
 * Runs one operation at a time: sends its requests, waits for the answers that are owed, goes on. Calls that
 * come meanwhile wait their turn, so the back-end sees each sequence whole.
 */
import { err, ok, type Result } from '../base/result.ts';
import type { Frame } from '../wire/decode.ts';
import { hasProtocol } from '../wire/protocol-features.ts';
import { owedBy } from '../wire/reply-rule.ts';
import { FRONTEND } from '../wire/table/frontend.ts';
import { answerBackend } from './answers.ts';
import { restoreArea } from './areas.ts';
import { endConnection } from './connection.ts';
import type { VmmEvent, VmmFailure } from './effects.ts';
import type { OperationId } from './ids.ts';
import { loggingSteps, unfitForLogging } from './logging.ts';
import { unfitToSay } from './lone-message.ts';
import { applyAnswer, enoughQueues } from './replies.ts';
import type { PlannedRequest } from './request.ts';
import { requestsOf, type Step } from './script.ts';
import type { OperationKind, VmmState } from './state.ts';
import { changed, oldestTaken } from './translated.ts';
import type { Turn } from './turn.ts';
import { forgetQueue, unmapArea } from './undo-areas.ts';

/** Accepts a call: begins it, or lets it wait for the one that runs. */
export function call(turn: Turn, id: OperationId, kind: OperationKind): void {
  submit(turn, id, kind, null);
}

/** The same with steps of its own, in place of those of the profile; `id` null where nobody called. */
export function submit(
  turn: Turn,
  id: OperationId | null,
  kind: OperationKind,
  steps: readonly Step[] | null,
): void {
  turn.set({ waiting: [...turn.state.waiting, { id, kind, steps }] });
  advance(turn);
}

/** A message of the back-end on the front-end socket: only an answer that is waited for has a place here. */
export function answered(turn: Turn, frame: Frame): void {
  const awaiting = turn.state.operation?.awaiting ?? null;
  if (awaiting === null || awaiting.kind === 'guest') {
    const message = `The back-end sent message ${frame.header.request} that nobody asked for`;
    endConnection(turn, { code: 'answer', message });
    return;
  }
  turn.do({ kind: 'stop-timer', timer: 'deadline' });
  turn.setOperation({ awaiting: null });
  const applied = applyAnswer(turn, awaiting, frame);
  if (applied.ok) advance(turn);
  else fail(turn, applied.error);
}

/** The guest that the operation waited for is there, or will not be. */
export function guestPrepared(turn: Turn, prepared: Result<VmmState['guest'], string>): void {
  if (turn.state.operation?.awaiting?.kind !== 'guest') return;
  turn.setOperation({ awaiting: null });
  if (prepared.ok) {
    turn.set({ guest: prepared.value });
    advance(turn);
  } else {
    fail(turn, { code: 'system', message: prepared.error });
  }
}

export function deadlinePassed(turn: Turn): void {
  const awaiting = turn.state.operation?.awaiting ?? null;
  if (awaiting === null || awaiting.kind === 'guest') return;
  const message = `The back-end did not answer ${awaiting.name} within ${turn.config.answerDeadlineMs} ms`;
  endConnection(turn, { code: 'deadline', message });
}

/** Goes on until an answer is waited for or nothing is left to do. */
function advance(turn: Turn): void {
  for (;;) {
    const { operation } = turn.state;
    if (operation === null) {
      if (!beginNext(turn)) return;
      continue;
    }
    if (operation.awaiting !== null) return;
    const [next, ...requests] = operation.requests;
    if (next !== undefined) {
      turn.setOperation({ requests });
      send(turn, next);
      continue;
    }
    const [step, ...steps] = operation.steps;
    if (step === undefined) {
      turn.set({ operation: null });
      const event = COMPLETED[operation.kind];
      if (event !== null) turn.announce(event);
      turn.complete(operation.id, ok(undefined));
      continue;
    }
    turn.setOperation({ steps });
    const entered = enter(turn, step);
    if (!entered.ok) {
      fail(turn, entered.error);
      return;
    }
    turn.setOperation({ requests: requestsOf(step, turn.config, turn.state) });
  }
}

/** Translations come and go with the traffic: nobody is told of each, nor of what is over with its acknowledgement. */
const COMPLETED: Readonly<Record<OperationKind, VmmEvent | null>> = {
  invalidate: null,
  translate: null,
  'read-config': null,
  connect: { kind: 'connected' },
  start: { kind: 'started' },
  stop: { kind: 'stopped' },
  reset: { kind: 'reset' },
  'start-logging': { kind: 'logging-started' },
  'stop-logging': { kind: 'logging-stopped' },
  'remove-memory': null,
  say: null,
};

/** Takes the oldest waiting call; false when there is none. */
function beginNext(turn: Turn): boolean {
  const [next, ...waiting] = turn.state.waiting;
  if (next === undefined) return false;
  turn.set({ waiting });
  const unfit = unfitReason(turn.state, next.kind, next.steps ?? []);
  if (unfit !== null) {
    turn.complete(next.id, err(unfit));
    return true;
  }
  const { id, kind } = next;
  const steps = next.steps ?? stepsOf(turn, kind);
  turn.set({ operation: { id, kind, steps, requests: [], awaiting: null } });
  return true;
}

function stepsOf(turn: Turn, kind: OperationKind): readonly Step[] {
  switch (kind) {
    case 'invalidate':
      return oldestTaken(turn);
    case 'translate':
    case 'say':
      return [];
    case 'read-config':
      return [{ kind: 'config' }];
    case 'start-logging':
    case 'stop-logging':
      return loggingSteps(kind === 'start-logging', turn.config, turn.state);
    case 'remove-memory':
      return [{ kind: 'memory-gone' }];
    default:
      return turn.config.profile.steps(kind, turn.config, turn.state);
  }
}

function unfitReason(state: VmmState, kind: OperationKind, steps: readonly Step[]): VmmFailure | null {
  const unfit = (message: string): VmmFailure => ({ code: 'state', message });
  if (state.link === 'disconnected') return unfit('Not connected to a back-end');
  switch (kind) {
    case 'start':
      return state.device === 'running' ? unfit('The device runs already') : null;
    case 'start-logging':
      return unfitForLogging(state);
    case 'stop-logging':
      return state.logging ? null : unfit('No dirty pages are logged');
    case 'remove-memory':
      if (state.device === 'running') return unfit('The device runs in its memory');
      return state.memoryAdded && hasProtocol(state.negotiated.protocolAcked, 'CONFIGURE_MEM_SLOTS')
        ? null
        : unfit('The back-end has no memory slot of this front-end');
    case 'say':
      return steps.reduce<VmmFailure | null>(
        (found, step) => found ?? (step.kind === 'say' ? unfitToSay(step.message, state.negotiated) : null),
        null,
      );
    default:
      return null;
  }
}

function send(turn: Turn, request: PlannedRequest): void {
  turn.do({ kind: 'send', request });
  const owed = owedBy(FRONTEND[request.name].reply, request.needReply, turn.state.negotiated);
  if (owed === 'none') return;
  turn.setOperation({ awaiting: { kind: owed, name: request.name, queue: request.queue } });
  turn.do({ kind: 'start-timer', timer: 'deadline', milliseconds: turn.config.answerDeadlineMs });
}

/** What a step does on this side before it says anything. */
function enter(turn: Turn, step: Step): Result<void, VmmFailure> {
  switch (step.kind) {
    case 'prepare-guest': {
      const enough = enoughQueues(turn);
      if (!enough.ok) return enough;
      turn.do({
        kind: 'prepare-guest',
        features: turn.state.negotiated.virtioAcked & turn.config.virtioFeatures,
      });
      turn.setOperation({ awaiting: { kind: 'guest' } });
      return ok(undefined);
    }
    case 'ring-start':
    case 'ring-addr':
      // rfc2018: mapped again at SET_VRING_BASE, before the ring's address and kick.
      restoreArea(turn, step.queue);
      return ok(undefined);
    case 'stop-ring':
      // The page goes before the back-end hears of the stop: nothing rings a stopped ring.
      unmapArea(turn, step.queue, 'ring-stopped');
      return ok(undefined);
    case 'running':
      turn.set({ device: 'running', memoryAdded: true });
      return ok(undefined);
    case 'logging':
      turn.set({ logging: step.on });
      return ok(undefined);
    case 'drop-log':
      turn.do({ kind: 'drop-log' });
      return ok(undefined);
    case 'memory-gone':
      turn.set({ memoryAdded: false });
      return ok(undefined);
    case 'iotlb':
      changed(turn, step.message);
      return ok(undefined);
    case 'answer':
      answerBackend(turn, step.owed, 'accepted');
      return ok(undefined);
    case 'stopped':
      // Like QEMU, which hears of its IOMMU's changes only while the device runs.
      turn.set({ device: 'stopped', translated: [] });
      return ok(undefined);
    case 'forget-areas':
      for (const index of turn.state.queues.keys()) forgetQueue(turn, index, 'reset');
      return ok(undefined);
    case 'reset-guest':
      turn.set({ queues: turn.state.queues.map((queue) => ({ ...queue, base: null })) });
      turn.do({ kind: 'reset-guest' });
      return ok(undefined);
    default:
      return ok(undefined);
  }
}

/** What a refusal leaves half done: a back-end in it, or a log that misses pages, is of no use. */
const ALL_OR_NOTHING: ReadonlySet<OperationKind> = new Set(['connect', 'start-logging']);

/** A refusal ends the operation; anything else, and any failure to connect or to log, ends the connection. */
function fail(turn: Turn, failure: VmmFailure): void {
  const { operation } = turn.state;
  if (operation === null || ALL_OR_NOTHING.has(operation.kind) || failure.code !== 'refused') {
    endConnection(turn, failure);
    return;
  }
  turn.set({ operation: null });
  for (const step of operation.steps) if (step.kind === 'answer') answerBackend(turn, step.owed, 'refused');
  turn.complete(operation.id, err(failure));
  advance(turn);
}
