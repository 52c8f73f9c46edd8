/**
 * Everything that follows from a queue's record, derived in one place for CLI and panel alike, so that no
 * two of them can tell different stories about the same queue. Pure.
 */
import type { QueueSnapshot } from './snapshot.ts';
import type { StepName } from './words.ts';

export type Notify = 'none' | 'eventfd' | 'relay' | 'mapped';
export type Interrupt = 'none' | 'engine' | 'direct';
export type ServedBy = 'nobody' | 'engine' | 'accelerator';

/** The badge's word. `STEP` is spelled with its number by `label`. */
export type Word =
  'DOWN' | 'SW' | 'STEP' | 'RELAY' | 'ACC' | 'FELL BACK' | 'SUSPECT' | 'QUARANTINE' | 'STALE';

/** A pip of the evidence ladder: `unknowable` cannot be reached here, which is not the same as not reached. */
export type Pip = 'reached' | 'open' | 'unknowable';

export interface Description {
  readonly word: Word;
  /** The word as printed, with the step where there is one: `ARMING 2/3`. */
  readonly label: string;
  readonly notify: Notify;
  readonly interrupt: Interrupt;
  readonly servedBy: ServedBy;
  readonly proven: boolean;
  /** Actual matches desired with evidence of at least 1. A queue that is down or stale is not counted: null. */
  readonly asDesired: boolean | null;
  readonly pips: readonly [Pip, Pip, Pip, Pip];
  /** `attached ID · n queues`, `sent ID · n queues` where the front-end has it (rfc2018), or `none`. */
  readonly group: string;
  /** `mapped @0x3000 g7`, `offered @0x3000 g8`, `unknown @0x3000 g8` or `unmapped`. */
  readonly notifyRegion: string;
  /** How notifications travel right now, as a sentence. */
  readonly path: string;
}

const STEP_WORDS: Readonly<Record<StepName, string>> = {
  group: 'sending the group',
  prepare: 'getting the accelerator ready',
  start: 'starting the accelerator',
  hold: 'waiting until the earlier page is unmapped',
  offer: 'page offered',
  wrap: 'waiting for the index to wrap',
  'page-off': 'removing the page',
  'ring-back': 'taking the ring back',
  'group-off': 'withdrawing the group',
};

/** A step as a person would say it. */
export const stepWords = (name: StepName): string => STEP_WORDS[name];

function servedBy(queue: QueueSnapshot): ServedBy {
  switch (queue.phase) {
    case 'down':
      return 'nobody';
    case 'software':
      return 'engine';
    case 'relay':
    case 'mapped':
      return 'accelerator';
    // After a forced takeover the engine serves the ring while the page is still being removed.
    case 'arming':
    case 'undoing':
    case 'quarantine':
      return queue.accelerator === null ? 'engine' : 'accelerator';
  }
}

function notify(queue: QueueSnapshot, server: ServedBy): Notify {
  if (server === 'nobody') return 'none';
  if (server === 'engine') return 'eventfd';
  return queue.phase === 'mapped' ? 'mapped' : 'relay';
}

function word(queue: QueueSnapshot): Word {
  switch (queue.phase) {
    case 'down':
      return queue.reason?.code === 'generation-ended' ? 'STALE' : 'DOWN';
    case 'arming':
    case 'undoing':
      return 'STEP';
    case 'quarantine':
      return 'QUARANTINE';
    case 'mapped':
      return queue.contradiction === null ? 'ACC' : 'SUSPECT';
    case 'relay':
      return queue.desired === 'accelerated' && queue.reason !== null ? 'FELL BACK' : 'RELAY';
    case 'software':
      return queue.desired === 'accelerated' && queue.reason !== null ? 'FELL BACK' : 'SW';
  }
}

function label(queue: QueueSnapshot, badge: Word): string {
  if (badge !== 'STEP' || queue.step === null) return badge === 'STEP' ? queue.phase.toUpperCase() : badge;
  return `${queue.phase.toUpperCase()} ${queue.step.number}/${queue.step.of}`;
}

function asDesired(queue: QueueSnapshot): boolean | null {
  if (queue.phase === 'down') return null;
  if (queue.desired === 'software') return queue.phase === 'software';
  return queue.phase === 'mapped' && queue.evidence >= 1 && queue.contradiction === null;
}

function pips(queue: QueueSnapshot): Description['pips'] {
  if (queue.phase === 'down') return ['open', 'open', 'open', 'open'];
  const pip = (level: number): Pip => (queue.evidence >= level ? 'reached' : 'open');
  const seen: Pip = queue.phase === 'mapped' && queue.mapsReadable === false ? 'unknowable' : pip(2);
  return [pip(0), pip(1), seen, pip(3)];
}

function notifyRegion(queue: QueueSnapshot): string {
  const region = queue.notifyRegion;
  if (region === null || region.mapped === false) {
    if (region !== null && queue.phase === 'arming' && queue.step?.name === 'offer')
      return `offered @${region.offset} g${queue.generation}`;
    return 'unmapped';
  }
  return `${region.mapped === null ? 'unknown' : 'mapped'} @${region.offset} g${queue.generation}`;
}

function group({ group: held }: QueueSnapshot): string {
  if (held === null) return 'none';
  const { id, holders, sent } = held;
  return `${sent ? 'sent' : 'attached'} ${id} · ${holders} ${holders === 1 ? 'queue' : 'queues'}`;
}

function path(queue: QueueSnapshot, server: ServedBy): string {
  if (server === 'nobody') return 'Nobody serves this ring: it is not started.';
  if (server === 'engine')
    return 'Guest kicks wake the engine through the kick eventfd; the engine signals the call eventfd.';
  if (queue.phase === 'mapped') {
    return queue.evidence === 3
      ? 'Guest stores reach the doorbell page; the engine handles nothing.'
      : 'The front-end mapped the doorbell page; traffic has not yet proven it.';
  }
  return 'Guest kicks wake the engine, which makes one store to the doorbell; the accelerator serves the ring.';
}

export function describe(queue: QueueSnapshot): Description {
  const server = servedBy(queue);
  const badge = word(queue);
  return {
    word: badge,
    label: label(queue, badge),
    notify: notify(queue, server),
    interrupt: server === 'nobody' ? 'none' : server === 'engine' ? 'engine' : 'direct',
    servedBy: server,
    proven: queue.phase === 'mapped' && queue.evidence === 3 && queue.contradiction === null,
    asDesired: asDesired(queue),
    pips: pips(queue),
    group: group(queue),
    notifyRegion: notifyRegion(queue),
    path: path(queue, server),
  };
}
