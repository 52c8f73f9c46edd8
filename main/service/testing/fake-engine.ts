/**
 * An engine without sockets or rings for tests of everything above the EnginePort: queues move as a script
 * says, so that refusals, silences and races are as reachable as success. Never used outside tests.
 */
import type { CommandError } from '../../../app/contract/commands.ts';
import type { FeedEntry, QueueRef } from '../../../app/contract/events.ts';
import { COUNTERS_STRIDE } from '../../../app/contract/events.ts';
import type {
  AcceleratorSnapshot,
  NetworkSnapshot,
  QueueSnapshot,
  SessionSnapshot,
} from '../../../app/contract/snapshot.ts';
import type { QueueStatistics } from '../../../app/contract/statistics.ts';
import type { Desired, ReasonCode } from '../../../app/contract/words.ts';
import { disposable, type Disposable } from '../../base/disposable.ts';
import { err, ok, type Result } from '../../base/result.ts';
import type { EngineChange, EnginePort } from '../port.ts';

/** What a wish for acceleration leads to. */
export type FakeAnswer =
  | { readonly kind: 'map' }
  | { readonly kind: 'refuse'; readonly code: ReasonCode }
  | { readonly kind: 'silence' };

const NO_CHANGE: EngineChange = { sessions: [], removed: [], queues: [], accelerators: false, feed: [] };

export function fakeQueue(index: number, overrides: Partial<QueueSnapshot> = {}): QueueSnapshot {
  return {
    index,
    role: index % 2 === 0 ? 'rx' : 'tx',
    size: 256,
    started: true,
    enabled: true,
    desired: 'software',
    desiredAccelerator: null,
    phase: 'software',
    step: null,
    evidence: 1,
    interruptEvidence: 1,
    mapsReadable: null,
    mapsReason: null,
    generation: 1,
    since: 0,
    reason: null,
    acknowledged: false,
    contradiction: null,
    accelerator: null,
    group: null,
    notifyRegion: null,
    offer: null,
    mappedAt: null,
    counters: {
      kicks: 0,
      doorbells: null,
      interrupts: null,
      calls: 0,
      engineDescriptors: 0,
      deviceDescriptors: null,
    },
    availIdx: 0,
    usedIdx: 0,
    vring: null,
    underEarlierTable: false,
    kick: null,
    call: null,
    kickIdentity: null,
    callIdentity: null,
    blackoutNs: null,
    transitions: [],
    ...overrides,
  };
}

export function fakeSession(name: string, overrides: Partial<SessionSnapshot> = {}): SessionSnapshot {
  return {
    name,
    state: 'connected',
    socket: `/run/doorbell/${name}.sock`,
    mode: 'listen',
    dialect: 'upstream',
    simulated: true,
    peer: { pid: 4121, name: 'qemu-system-x86' },
    features: { virtio: '0x170000000', protocol: '0xc28' },
    featureNames: null,
    memory: null,
    since: 0,
    lastError: null,
    mac: null,
    uplink: null,
    commandLine: `qemu-system-x86_64 -chardev socket,id=c0,path=/run/doorbell/${name}.sock`,
    queues: [fakeQueue(0), fakeQueue(1)],
    ...overrides,
  };
}

export const FAKE_ACCELERATOR: AcceleratorSnapshot = {
  id: 'sim0',
  kind: 'emulated',
  simulated: true,
  usable: true,
  problem: null,
  group: { id: '0', holders: [] },
  hardware: null,
  capabilities: {
    restoreIndex: 'any',
    stopPerQueue: true,
    notifyPage: 'per-queue',
    logsDirtyPages: false,
    countsDoorbells: true,
  },
  simulatedCpu: 0,
};

const FAKE_STATISTICS: QueueStatistics = {
  kicks: 3,
  kicksSuppressed: 1,
  calls: 2,
  callsSuppressed: 2,
  chains: 40,
  frames: 40,
  bytes: 4000,
  batches: [
    { atLeast: 1, count: 3 },
    { atLeast: 2, count: 1 },
  ],
  drops: { noBuffers: 2 },
};

export class FakeEngine implements EnginePort {
  readonly #sessions = new Map<string, SessionSnapshot>();
  readonly #listeners = new Set<(change: EngineChange) => void>();
  readonly #feed: FeedEntry[] = [];
  #clock = 1;
  /** Consulted for every wish; tests replace it. */
  answer: (queue: QueueRef) => FakeAnswer = () => ({ kind: 'map' });
  ended = false;
  /** By session/index, of queues that were assigned. */
  readonly workers = new Map<string, number>();
  /** How often each part was read: idle must not read. */
  counterReads = 0;

  constructor(sessions: readonly SessionSnapshot[]) {
    for (const session of sessions) this.#sessions.set(session.name, session);
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  sessions(): readonly SessionSnapshot[] {
    return [...this.#sessions.values()];
  }

  session(name: string): SessionSnapshot | null {
    return this.#sessions.get(name) ?? null;
  }

  network(): NetworkSnapshot {
    return { sinkFrames: 0, sinkBytes: 0, answered: 0, dropped: 0 };
  }

  accelerators(): readonly AcceleratorSnapshot[] {
    return [FAKE_ACCELERATOR];
  }

  feed(): readonly FeedEntry[] {
    return this.#feed;
  }

  setDesired(
    ref: QueueRef,
    desired: Desired,
    accelerator: string | null,
    request: number,
  ): Result<void, CommandError> {
    const found = this.#find(ref);
    if (!found.ok) return found;
    if (accelerator !== null && accelerator !== FAKE_ACCELERATOR.id)
      return err({ code: 'unknown-accelerator', message: `No accelerator has the id ${accelerator}.` });
    const cause = `command ${request}`;
    this.patchQueue(ref, { desired, desiredAccelerator: accelerator }, cause);
    if (!found.value.started) return ok(undefined);
    if (desired === 'software')
      this.patchQueue(ref, { phase: 'software', accelerator: null, reason: null }, cause);
    else this.#accelerate(ref, cause);
    return ok(undefined);
  }

  cancel(ref: QueueRef): Result<void, CommandError> {
    const found = this.#find(ref);
    if (!found.ok) return found;
    if (found.value.phase !== 'arming')
      return err({ code: 'nothing-to-do', message: 'No change is in progress on this queue.' });
    this.patchQueue(ref, { desired: 'software', phase: 'software', step: null }, 'cancelled');
    return ok(undefined);
  }

  acknowledge(ref: QueueRef): Result<void, CommandError> {
    const found = this.#find(ref);
    if (!found.ok) return found;
    this.patchQueue(ref, { acknowledged: true }, 'acknowledged');
    return ok(undefined);
  }

  assign(ref: QueueRef, worker: number): Result<number, CommandError> {
    const found = this.#find(ref);
    if (!found.ok) return found;
    const key = `${ref.session}/${ref.index}`;
    const before = this.workers.get(key) ?? 0;
    this.workers.set(key, worker);
    return ok(before);
  }

  statistics(ref: QueueRef): Result<QueueStatistics, CommandError> {
    const found = this.#find(ref);
    return found.ok ? ok(FAKE_STATISTICS) : found;
  }

  counters(queues: readonly QueueRef[]): readonly number[] {
    this.counterReads++;
    return queues.flatMap(() => new Array<number>(COUNTERS_STRIDE).fill(0));
  }

  onChange(listener: (change: EngineChange) => void): Disposable {
    this.#listeners.add(listener);
    return disposable(() => this.#listeners.delete(listener));
  }

  end(): Promise<void> {
    this.ended = true;
    return Promise.resolve();
  }

  /** Moves a queue as the engine would, and tells about it. */
  patchQueue(ref: QueueRef, change: Partial<QueueSnapshot>, cause: string): void {
    const session = this.#sessions.get(ref.session);
    if (session === undefined) return;
    const at = this.#clock++;
    const queues = session.queues.map((queue) => {
      if (queue.index !== ref.index) return queue;
      const moved = change.phase !== undefined && change.phase !== queue.phase;
      const transition = { at, from: queue.phase, to: change.phase ?? queue.phase, cause };
      return {
        ...queue,
        ...change,
        transitions: moved ? [...queue.transitions, transition] : queue.transitions,
      };
    });
    this.#sessions.set(ref.session, { ...session, queues });
    this.#tell({ ...NO_CHANGE, queues: [ref] });
  }

  patchSession(name: string, change: Partial<SessionSnapshot>): void {
    const session = this.#sessions.get(name) ?? fakeSession(name);
    this.#sessions.set(name, { ...session, ...change });
    this.#tell({ ...NO_CHANGE, sessions: [name] });
  }

  /** A new endpoint with its queues; one that is there already is replaced. */
  addSession(session: SessionSnapshot): void {
    this.#sessions.set(session.name, session);
    const queues = session.queues.map(({ index }) => ({ session: session.name, index }));
    this.#tell({ ...NO_CHANGE, sessions: [session.name], queues });
  }

  removeSession(name: string): void {
    this.#sessions.delete(name);
    this.#tell({ ...NO_CHANGE, removed: [name] });
  }

  log(message: string): void {
    const entry: FeedEntry = {
      at: this.#clock++,
      severity: 'note',
      session: null,
      queue: null,
      code: 'test',
      message,
    };
    this.#feed.push(entry);
    this.#tell({ ...NO_CHANGE, feed: [entry] });
  }

  #accelerate(ref: QueueRef, cause: string): void {
    const answer = this.answer(ref);
    const at = this.#clock;
    if (answer.kind === 'map') {
      this.patchQueue(
        ref,
        { phase: 'mapped', evidence: 1, accelerator: FAKE_ACCELERATOR.id, reason: null },
        cause,
      );
    } else if (answer.kind === 'refuse') {
      const reason = { code: answer.code, message: 'As scripted.', at };
      this.patchQueue(
        ref,
        { phase: 'relay', accelerator: FAKE_ACCELERATOR.id, reason, acknowledged: false },
        cause,
      );
    } else {
      const step = { name: 'offer', number: 2, of: 3, since: at, remaining: null, perSecond: null } as const;
      this.patchQueue(ref, { phase: 'arming', step, reason: null }, cause);
    }
  }

  #find(ref: QueueRef): Result<QueueSnapshot, CommandError> {
    const session = this.#sessions.get(ref.session);
    if (session === undefined)
      return err({ code: 'unknown-session', message: `No endpoint is named ${ref.session}.` });
    const queue = session.queues.find((candidate) => candidate.index === ref.index);
    if (queue === undefined)
      return err({ code: 'unknown-queue', message: `${ref.session} has no queue ${ref.index}.` });
    return ok(queue);
  }

  #tell(change: EngineChange): void {
    for (const listener of this.#listeners) listener(change);
  }
}
