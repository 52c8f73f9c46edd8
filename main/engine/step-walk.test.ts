/**
 * Random lives of the pure step alone, with reports that come late and in any order: nothing here depends on
 * effects that end within their call. Every id that enters must leave exactly once.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { err, ok } from '../base/result.ts';
import { FieldReader } from '../wire/bytes.ts';
import { encodeFrontend } from '../wire/encode.ts';
import { decodeHeader, HEADER_BYTES } from '../wire/header.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { BACKEND } from '../wire/table/backend.ts';
import type { FrontendName, FrontendPayloads } from '../wire/table/frontend.ts';
import type { Effect } from './effects.ts';
import type { ReceivedFd, Report, SessionEvent } from './events.ts';
import { areaId, effectId, fdId, logId, memoryId } from './ids.ts';
import { initialSession } from './initial.ts';
import type { FdKind } from './ports.ts';
import type { SessionState } from './state.ts';
import { step, type StepResult } from './step.ts';
import { FEATURES, LOG_ALL, PROTOCOL, region, ringAddress } from './testing/session-bench.ts';

type Reporting = Extract<Effect, { readonly id: unknown }>;

const CONFIG = protocolMask('CONFIG');
const isConfigChange = (frame: Uint8Array): boolean =>
  new FieldReader(frame).u32() === BACKEND.BACKEND_CONFIG_CHANGE_MSG.id;

/** How often a front-end was told of its guest's link in all lives. */
let changes = 0;

const PORT_ERROR = { code: 'EIO', message: 'the walk said so' };

/** What moves a queue between engine and accelerator. */
const ADVANCES: ReadonlySet<Effect['kind']> = new Set(['handover-to', 'take-area', 'send-request']);

/** Changes nothing by itself, and makes the step look at every queue. */
const STRAY_TIMER: SessionEvent = {
  kind: 'done',
  effect: effectId(0),
  report: { of: 'timer', queue: 0 },
};

class World {
  state: SessionState;
  now = 1_700_000_000_000;
  readonly pending: Reporting[] = [];
  /** Ids of each kind that are open. */
  readonly open = new Set<string>();
  replies = 0;
  requests = 0;
  unanswered = 0;
  linkUp = true;
  #next = 1;

  constructor() {
    this.state = initialSession(
      {
        name: 'walk',
        dialect: 'upstream',
        queuePairs: 1,
        offeredFeatures: FEATURES | LOG_ALL,
        offeredProtocol: PROTOCOL | CONFIG,
        unmapsAtOnce: false,
        maxMemorySlots: 8,
        maxMtu: null,
        netConfig: { mac: null, linkOf: 'emu0' },
      },
      [0, 1].map(() => ({ desired: 'software', accelerator: null })),
      this.now,
    );
  }

  post(event: SessionEvent): void {
    const context = {
      now: this.now,
      pageSize: 4096n,
      accelerators: [
        {
          id: 'emu0',
          features: FEATURES,
          hasGroup: true,
          usable: true,
          problem: null,
          restoreIndex: 'any' as const,
          stopPerQueue: true,
          preparesAhead: true,
          logsDirtyPages: false,
        },
      ],
      linkUp: this.linkUp,
    };
    const before = structuredClone(this.state);
    const result = step(this.state, event, context);
    // Pure: the state it was given is as it was, and the same again gives the same.
    expect(this.state).toEqual(before);
    expect(step(this.state, event, context)).toEqual(result);
    this.state = result.state;
    this.#carryOut(result);
    this.check();
    // A message settles only what it changed, so a look at every queue right after it must find nothing to do.
    const { state, effects, reply, afterReply } = step(this.state, STRAY_TIMER, context);
    expect(state).toBe(this.state);
    expect([...effects, ...afterReply]).toEqual([]);
    expect(reply.kind).toBe(this.state.owed === null ? 'none' : 'later');
  }

  send<Name extends FrontendName>(
    name: Name,
    payload: FrontendPayloads[Name],
    fds: readonly FdKind[] = [],
  ): void {
    if (this.state.owed !== null || this.state.closed) return;
    const frame = encodeFrontend(name, payload, true);
    const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
    if (!header.ok) throw new Error('unreachable');
    const received: readonly ReceivedFd[] = fds.map((kind) => ({
      id: fdId(this.#enter('fd')),
      kind,
      key: null,
    }));
    this.requests++;
    this.post({
      kind: 'frame',
      header: header.value,
      body: frame.subarray(HEADER_BYTES),
      fdCount: fds.length,
      fds: received,
    });
  }

  /** One of the reports that are due, whichever. */
  report(pick: number, fails: boolean): void {
    const effect = this.pending.splice(pick % Math.max(1, this.pending.length), 1)[0];
    if (effect !== undefined)
      this.post({ kind: 'done', effect: effect.id, report: this.#reportOf(effect, fails) });
  }

  answer(value: bigint): void {
    if (this.unanswered === 0 || this.state.backEnd.kind !== 'open') return;
    this.unanswered--;
    this.post({ kind: 'answer', value });
  }

  check(): void {
    for (const { op, phase, evidence, index } of this.state.queues) {
      const inFlight = this.pending.filter(
        (effect) => 'queue' in effect && effect.queue === index && op?.effect === effect.id,
      );
      if (op !== null) expect(inFlight).toHaveLength(1);
      if (phase === 'mapped') expect(evidence).toBeGreaterThanOrEqual(1);
    }
  }

  #carryOut({ effects, reply, afterReply }: StepResult): void {
    if (reply.kind === 'now') this.replies++;
    // Never wait on one channel while owing the other a reply.
    if (this.state.owed !== null)
      expect(afterReply.map((effect) => effect.kind).filter((kind) => ADVANCES.has(kind))).toEqual([]);
    for (const effect of [...effects, ...afterReply]) {
      if ('id' in effect) this.pending.push(effect);
      if (effect.kind === 'close-fd') this.#leave(`fd ${effect.fd}`);
      if (effect.kind === 'open-back-end' || effect.kind === 'map-log') this.#leave(`fd ${effect.fd}`);
      if (effect.kind === 'release-log') this.#leave(`log ${effect.log}`);
      if (effect.kind === 'release-memory') this.#leave(`memory ${effect.memory}`);
      if (effect.kind === 'close-area') this.#leave(`area ${effect.area}`);
      if (effect.kind === 'send-request') {
        this.unanswered++;
        if (isConfigChange(effect.frame)) this.#toldOfLink();
      }
      if (effect.kind === 'close-back-end') this.unanswered = 0;
    }
  }

  /** A device whose rings are all stopped is suspended: it says nothing of itself. */
  #toldOfLink(): void {
    changes++;
    expect(this.state.queues.some(({ owner }) => owner.kind !== 'nobody')).toBe(true);
  }

  #enter(kind: 'fd' | 'memory' | 'log' | 'area'): number {
    const id = this.#next++;
    this.open.add(`${kind} ${id}`);
    return id;
  }

  #leave(name: string): void {
    if (!this.open.delete(name)) throw new Error(`${name} was let go twice, or never came in`);
  }

  #reportOf(effect: Reporting, fails: boolean): Report {
    const outcome = fails ? err(PORT_ERROR) : ok(undefined);
    const handover = fails ? err(PORT_ERROR) : ok({ base: 7, blackoutNs: 1 });
    switch (effect.kind) {
      case 'map-memory':
        return { of: effect.kind, result: fails ? err(PORT_ERROR) : ok(memoryId(this.#enter('memory'))) };
      case 'map-log':
        return { of: effect.kind, result: ok(logId(this.#enter('log'))) };
      case 'open-back-end':
        return { of: effect.kind, result: outcome };
      case 'start':
      case 'replace-memory':
        return { of: effect.kind, queue: effect.queue, result: outcome };
      case 'stop':
        return { of: 'stop', queue: effect.queue, base: 7 };
      case 'prepare':
        return { of: 'prepare', queue: effect.queue, result: outcome };
      case 'handover-to':
        return { of: 'handover-to', queue: effect.queue, result: handover };
      case 'handover-back':
        return { of: 'handover-back', queue: effect.queue, result: ok({ base: 7, blackoutNs: 1 }) };
      case 'translate':
        return { of: 'translate', result: outcome };
      case 'forget-translations':
        return { of: 'forget-translations' };
      case 'read-miss':
        return { of: 'read-miss', queue: effect.queue, miss: null };
      case 'take-area':
        return {
          of: 'take-area',
          queue: effect.queue,
          result: fails
            ? err(PORT_ERROR)
            : ok({
                id: areaId(this.#enter('area')),
                accelerator: 'emu0',
                file: { kind: 'memfd', key: null },
                offset: 0n,
                size: 4096n,
              }),
        };
      case 'query-maps':
        return {
          of: 'query-maps',
          queue: effect.queue,
          answer: { kind: fails ? 'unmapped' : 'mapped', address: 0n },
        };
      case 'sample':
        return { of: 'sample', queue: effect.queue, row: null };
      case 'timer':
        return { of: 'timer', queue: effect.queue };
    }
  }
}

type Act = (world: World) => void;
const queue = fc.nat({ max: 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.tuple(fc.nat(), fc.nat({ max: 9 })).map(
      ([pick, luck]): Act =>
        (world) =>
          world.report(pick, luck === 0),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.nat({ max: 4 }).map(
      (value): Act =>
        (world) =>
          world.answer(value === 0 ? 1n : 0n),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(queue, fc.boolean()).map(
      ([index, on]): Act =>
        (world) =>
          world.post({
            kind: 'set-desired',
            queue: index,
            desired: on ? 'accelerated' : 'software',
            accelerator: null,
            request: 1,
          }),
    ),
  },
  {
    weight: 2,
    arbitrary: queue.map(
      (index): Act =>
        (world) =>
          world.send('GET_VRING_BASE', { index, num: 0 }),
    ),
  },
  {
    weight: 4,
    arbitrary: queue.map(
      (index): Act =>
        (world) =>
          world.send('SET_VRING_KICK', { index, noFd: false }, ['eventfd']),
    ),
  },
  {
    weight: 2,
    arbitrary: queue.map(
      (index): Act =>
        (world) =>
          world.send('SET_VRING_CALL', { index, noFd: false }, ['eventfd']),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(queue, fc.boolean()).map(
      ([index, on]): Act =>
        (world) =>
          world.send('SET_VRING_ENABLE', { index, num: on ? 1 : 0 }),
    ),
  },
  {
    weight: 2,
    arbitrary: queue.map(
      (index): Act =>
        (world) =>
          world.send('SET_VRING_NUM', { index, num: 64 }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.constant<Act>((world) =>
      world.send('SET_MEM_TABLE', { regions: [region(0n, 0x10000n)] }, ['memfd']),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) => world.send('ADD_MEM_REG', region(0x100000n, 0x10000n), ['memfd'])),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) => world.send('REM_MEM_REG', region(0x100000n, 0x10000n), ['memfd'])),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) =>
      world.send('SET_LOG_BASE', { kind: 'shared', size: 4096n, offset: 0n }, ['memfd']),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.boolean().map(
      (on): Act =>
        (world) =>
          world.send('SET_FEATURES', on ? FEATURES | LOG_ALL : FEATURES),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) =>
      world.post({ kind: 'device-fault', accelerator: 'emu0', message: 'it broke' }),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.boolean().map((up): Act => (world) => {
      world.linkUp = up;
      world.post({ kind: 'accelerator-changed', accelerator: 'emu0' });
    }),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(0, 6, 6, 6, 30).map(
      (offset): Act =>
        (world) =>
          world.send('GET_CONFIG', { offset, flags: 0, data: new Uint8Array(2) }),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Act>((world) => world.send('SET_BACKEND_REQ_FD', null, ['socket'])) },
  { weight: 1, arbitrary: fc.constant<Act>((world) => world.send('SET_STATUS', 0n)) },
  {
    weight: 1,
    arbitrary: fc.constant<Act>((world) => world.post({ kind: 'back-end-lost', message: 'gone' })),
  },
);

function begun(): World {
  const world = new World();
  const settle = () => {
    while (world.pending.length > 0) world.report(0, false);
  };
  world.send('SET_PROTOCOL_FEATURES', PROTOCOL | CONFIG);
  world.send('GET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(8) });
  world.send('SET_FEATURES', FEATURES);
  world.send('SET_BACKEND_REQ_FD', null, ['socket']);
  settle();
  world.send('SET_MEM_TABLE', { regions: [region(0n, 0x10000n)] }, ['memfd']);
  settle();
  for (const index of [0, 1]) {
    world.send('SET_VRING_ENABLE', { index, num: 1 });
    world.send('SET_VRING_NUM', { index, num: 256 });
    world.send('SET_VRING_ADDR', ringAddress(index));
    world.send('SET_VRING_KICK', { index, noFd: false }, ['eventfd']);
    settle();
  }
  return world;
}

const seed =
  process.env.DOORBELL_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.DOORBELL_SEED);

describe(`The step with late reports (seed ${seed})`, () => {
  it(
    'answers every request once, leaves no queue with anything to settle, has one operation per ring, and lets every id go once',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(fc.array(act, { minLength: 30, maxLength: 70 }), (acts) => {
          const world = begun();
          for (const one of acts) one(world);
          for (let guard = 0; world.state.owed !== null && guard < 1000; guard++) world.report(0, false);
          expect(world.state.owed).toBeNull();
          expect(world.replies).toBe(world.requests);
          world.post({ kind: 'disconnected', message: 'the walk ended' });
          while (world.pending.length > 0) world.report(0, false);
          expect([...world.open]).toEqual([]);
        }),
        { seed, numRuns: 100 },
      );
      // Lives in which that never happens would prove nothing of it.
      expect(changes).toBeGreaterThan(10);
    },
  );
});
