/**
 * A stand-in for the service behind the real frames: it numbers its events, ticks counters, and takes a queue
 * through its steps when asked, so that the panel meets what it will meet. It also misbehaves on request: drops
 * an event, falls silent, refuses.
 */
import { COMMANDS } from '../../../app/contract/commands.ts';
import type { FeedEntry, QueueRef, StateEvent } from '../../../app/contract/events.ts';
import { ClientFrame, type ServerFrame } from '../../../app/contract/frames.ts';
import { COUNTER_FIELDS, type EngineSnapshot, type QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { mapped, queueRecord, relay } from './fleet.ts';

export interface FakeConnection {
  send(frame: ServerFrame): void;
}

/** Whatever a panel's connection can be served by. */
export interface Served {
  connect(connection: FakeConnection): { receive(frame: unknown): void; close(): void };
}

type Connected = FakeConnection & { subscribed: boolean; queues: readonly QueueRef[]; seq: number };

export interface FakeBehaviour {
  /** Milliseconds of each step of a change. */
  stepMs: number;
  /** Queues whose page the front-end refuses, `session/index`. */
  readonly refusesPage: Set<string>;
  /** Queues whose requests the engine does not take, `session/index`. */
  readonly refusesRequest: Set<string>;
  /** Answers nothing and ticks nothing. */
  silent: boolean;
}

/** Of the engine's own pace. */
const TICK_MS = 50;

export class FakeService implements Served {
  readonly behaviour: FakeBehaviour = {
    stepMs: 40,
    refusesPage: new Set(),
    refusesRequest: new Set(),
    silent: false,
  };
  /** Every command that was asked, in order. */
  readonly heard: string[] = [];
  #picture: EngineSnapshot;
  #feed: FeedEntry[] = [];
  #request = 76;
  #dropNext = 0;
  readonly #connections = new Set<Connected>();
  readonly #rates = new Map<string, number>();
  readonly #tickMs: number;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(picture: EngineSnapshot, tickMs = TICK_MS) {
    this.#picture = picture;
    this.#tickMs = tickMs;
    this.#timer = setInterval(() => this.#tick(), tickMs);
    this.#say('note', null, null, 'engine-started', 'The engine listens.');
  }

  get picture(): EngineSnapshot {
    return this.#picture;
  }

  /** Another picture for everybody, as after a restart of the engine. */
  show(picture: EngineSnapshot): void {
    this.#picture = picture;
    for (const connection of this.#connections) if (connection.subscribed) this.#snapshot(connection);
  }

  connect(connection: FakeConnection): { receive(frame: unknown): void; close(): void } {
    const connected: Connected = {
      send: (frame) => connection.send(frame),
      subscribed: false,
      queues: [],
      seq: 0,
    };
    this.#connections.add(connected);
    return {
      receive: (frame) => this.#receive(connected, frame),
      close: () => void this.#connections.delete(connected),
    };
  }

  /** The next `count` state events are numbered but never sent. */
  dropNext(count: number): void {
    this.#dropNext = count;
  }

  queue(session: string, index: number): QueueSnapshot {
    const found = this.#picture.sessions.find((one) => one.name === session)?.queues[index];
    if (found === undefined) throw new Error(`no queue ${session}/${index}`);
    return found;
  }

  setQueue(session: string, queue: QueueSnapshot): void {
    this.#picture = {
      ...this.#picture,
      sessions: this.#picture.sessions.map((one) =>
        one.name === session
          ? { ...one, queues: one.queues.map((old) => (old.index === queue.index ? queue : old)) }
          : one,
      ),
    };
    this.#change({ queues: [{ session, queue }] });
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #receive(connection: Connected, raw: unknown): void {
    const parsed = ClientFrame.safeParse(raw);
    if (!parsed.success) {
      connection.send({
        kind: 'error',
        id: null,
        error: { code: 'invalid-input', message: parsed.error.message },
      });
      return;
    }
    const frame = parsed.data;
    if (frame.kind === 'call') this.heard.push(frame.name);
    if (this.behaviour.silent) return;
    // It is told of every state as it comes, not at its own pace.
    if (frame.kind === 'taken') return;
    if (frame.kind === 'subscribe') {
      connection.subscribed = true;
      this.#snapshot(connection);
      return;
    }
    const answer = (value: unknown): void =>
      connection.send({ kind: 'result', id: frame.id, ok: true, value });
    switch (frame.name) {
      case 'status.get':
        answer(this.#picture);
        return;
      case 'counters.subscribe': {
        connection.queues = COMMANDS['counters.subscribe'].input.parse(frame.input).queues;
        answer({});
        return;
      }
      case 'settings.setReadOnly': {
        this.#picture = {
          ...this.#picture,
          readOnly: COMMANDS['settings.setReadOnly'].input.parse(frame.input).readOnly,
        };
        this.#change({});
        answer({});
        return;
      }
      case 'queue.set': {
        const input = COMMANDS['queue.set'].input.parse(frame.input);
        if (this.#picture.readOnly) {
          connection.send({
            kind: 'error',
            id: frame.id,
            error: { code: 'read-only', message: 'The panel is switched to read-only.' },
          });
          return;
        }
        if (this.behaviour.refusesRequest.has(`${input.session}/${input.index}`)) {
          connection.send({
            kind: 'error',
            id: frame.id,
            error: { code: 'internal', message: 'The engine failed; its log says where.' },
          });
          return;
        }
        answer({ request: ++this.#request });
        this.#move(input.session, input.index, input.desired === 'accelerated', this.#request);
        return;
      }
      case 'queue.acknowledge': {
        const input = COMMANDS['queue.acknowledge'].input.parse(frame.input);
        this.setQueue(input.session, { ...this.queue(input.session, input.index), acknowledged: true });
        answer({});
        return;
      }
      case 'queue.cancel':
      case 'engine.end':
        answer({});
        return;
      // The panel asks for neither.
      case 'queue.assign':
      case 'queue.statistics':
        connection.send({
          kind: 'error',
          id: frame.id,
          error: { code: 'nothing-to-do', message: 'The stand-in has no workers.' },
        });
        return;
    }
  }

  /** Takes a queue through the steps that the engine would take, one every `stepMs`. */
  #move(session: string, index: number, isUp: boolean, request: number): void {
    const old = this.queue(session, index);
    const cause = `queue.set ${isUp ? 'accelerated' : 'software'}, request ${request}`;
    const generation = old.generation + (isUp ? 1 : 0);
    const common = {
      role: old.role,
      generation,
      counters: old.counters,
      availIdx: old.availIdx,
      usedIdx: old.usedIdx,
    };
    const past = (to: string, why: string): QueueSnapshot['transitions'] => [
      ...this.queue(session, index).transitions,
      { at: Date.now(), from: this.queue(session, index).phase, to, cause: why },
    ];
    if (!isUp && old.phase === 'software') {
      this.setQueue(session, { ...old, desired: 'software', reason: null });
      return;
    }
    const steps: (() => QueueSnapshot)[] = isUp
      ? [
          () =>
            mapped(index, {
              ...common,
              phase: 'arming',
              evidence: 0,
              notifyRegion: null,
              step: { name: 'start', number: 1, of: 2, since: Date.now(), remaining: null, perSecond: null },
              since: Date.now(),
              transitions: past('arming', cause),
            }),
          () =>
            mapped(index, {
              ...common,
              phase: 'arming',
              evidence: 0,
              notifyRegion: { mapped: false, offset: `0x${(index * 0x1000).toString(16)}`, size: '0x1000' },
              step: { name: 'offer', number: 2, of: 2, since: Date.now(), remaining: null, perSecond: null },
              since: Date.now(),
              transitions: past('arming', 'accelerator started at the index'),
            }),
          ...(this.behaviour.refusesPage.has(`${session}/${index}`)
            ? [
                () =>
                  relay(index, {
                    ...common,
                    since: Date.now(),
                    reason: {
                      code: 'page-refused',
                      message: 'The front-end refused to map the notify page: reply 1 after 1.0 ms.',
                      at: Date.now(),
                    },
                    transitions: past('relay', 'front-end answered 1'),
                  }),
              ]
            : [
                () =>
                  mapped(index, {
                    ...common,
                    evidence: 1,
                    since: Date.now(),
                    transitions: past('mapped', 'front-end answered 0'),
                  }),
                () => ({ ...this.queue(session, index), evidence: 3 as const }),
              ]),
        ]
      : [
          () => ({
            ...old,
            desired: 'software',
            phase: 'undoing',
            reason: null,
            contradiction: null,
            step: { name: 'page-off', number: 1, of: 2, since: Date.now(), remaining: null, perSecond: null },
            since: Date.now(),
            transitions: past('undoing', cause),
          }),
          () =>
            queueRecord(index, {
              ...common,
              evidence: 1,
              since: Date.now(),
              transitions: past('software', 'ring taken back'),
            }),
          () => ({ ...this.queue(session, index), evidence: 3 as const }),
        ];
    const next = (): void => {
      const step = steps.shift();
      if (step === undefined) return;
      this.setQueue(session, step());
      setTimeout(next, this.behaviour.stepMs);
    };
    this.#say(
      'note',
      session,
      index,
      'asked',
      `${isUp ? 'accelerated' : 'software'} asked, request ${request}`,
    );
    next();
  }

  #say(
    severity: FeedEntry['severity'],
    session: string | null,
    queue: number | null,
    code: string,
    message: string,
  ): void {
    const entry: FeedEntry = { at: Date.now(), severity, session, queue, code, message };
    this.#feed = [...this.#feed, entry].slice(-500);
    this.#change({ feed: [entry] });
  }

  #change(part: Partial<Extract<StateEvent, { kind: 'changed' }>>): void {
    for (const connection of this.#connections) {
      if (!connection.subscribed || this.behaviour.silent) continue;
      connection.seq++;
      if (this.#dropNext > 0) continue;
      const event: StateEvent = {
        kind: 'changed',
        seq: connection.seq,
        sessions: [],
        removed: [],
        queues: [],
        accelerators: [],
        feed: [],
        readOnly: this.#picture.readOnly,
        ...part,
      };
      connection.send({ kind: 'state', event: { ...event, seq: connection.seq } });
    }
    if (this.#dropNext > 0) this.#dropNext--;
  }

  #snapshot(connection: Connected): void {
    connection.send({
      kind: 'state',
      event: { kind: 'snapshot', seq: connection.seq, snapshot: this.#picture, feed: this.#feed },
    });
  }

  /** Traffic: each queue has its own pace; who serves it decides which counters move. */
  #tick(): void {
    if (this.behaviour.silent) return;
    for (const session of this.#picture.sessions) {
      if (session.state !== 'connected') continue;
      for (const queue of session.queues) this.#advance(session.name, queue);
    }
    for (const connection of this.#connections) {
      if (connection.queues.length === 0) continue;
      const values = connection.queues.flatMap(({ session, index }) => this.#values(session, index));
      connection.send({
        kind: 'counters',
        event: { at: Date.now(), loopDelayMs: 1.8, queues: [...connection.queues], values },
      });
    }
  }

  #advance(session: string, queue: QueueSnapshot): void {
    const key = `${session}/${queue.index}`;
    const pace = this.#rates.get(key) ?? 200 + ((queue.index * 7_919 + session.length * 104_729) % 42_000);
    this.#rates.set(key, pace);
    const wobble = 1 + 0.12 * Math.sin(Date.now() / 1_700 + queue.index);
    const step =
      queue.phase === 'down' || queue.contradiction !== null
        ? 0
        : Math.round((pace * wobble * this.#tickMs) / 1_000);
    const { counters } = queue;
    const add = (value: number | null, by: number): number | null => (value === null ? null : value + by);
    const isDevice = queue.phase === 'mapped' || queue.phase === 'relay' || queue.step?.name === 'offer';
    const byEventfd = queue.phase !== 'mapped';
    Object.assign(counters, {
      kicks: add(counters.kicks, byEventfd ? step : 0),
      doorbells: isDevice ? (counters.doorbells ?? 0) + step : null,
      interrupts: add(counters.interrupts, isDevice ? step : 0),
      calls: add(counters.calls, isDevice ? 0 : step),
      engineDescriptors: add(counters.engineDescriptors, isDevice ? 0 : step),
      deviceDescriptors: isDevice ? (counters.deviceDescriptors ?? 0) + step : null,
    });
    Object.assign(queue, {
      availIdx: ((queue.availIdx ?? 0) + step) % 65_536,
      usedIdx: ((queue.usedIdx ?? 0) + step) % 65_536,
    });
  }

  #values(session: string, index: number): number[] {
    const queue = this.#picture.sessions.find((one) => one.name === session)?.queues[index];
    if (queue === undefined) return Array.from({ length: COUNTER_FIELDS.length + 2 }, () => -1);
    return [
      ...COUNTER_FIELDS.map((field) => queue.counters[field] ?? -1),
      queue.availIdx ?? -1,
      queue.usedIdx ?? -1,
    ];
  }
}
