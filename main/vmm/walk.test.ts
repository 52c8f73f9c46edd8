import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeAck, encodeBackend } from '../wire/encode.ts';
import { encodeFrame } from '../wire/header.ts';
import type { Dialect } from '../wire/dialect.ts';
import { frameOf } from '../wire/testing/frame.ts';
import { DRIVER_FEATURES, PROTOCOL_FEATURES, type VmmConfig } from './config.ts';
import { NO_FAULTS } from './faults.ts';
import { qemu } from './profiles/qemu.ts';
import { goodAnswer } from './testing/answering.ts';
import { World } from './testing/world.ts';

const config = (dialect: Dialect): VmmConfig => ({
  dialect,
  profile: qemu,
  queuePairs: 2,
  queueSize: 16,
  virtioFeatures: DRIVER_FEATURES,
  protocolFeatures: PROTOCOL_FEATURES[dialect],
  freshBase: null,
  answerDeadlineMs: 1000,
  pageSize: 4096,
});

const CALLS = ['start', 'stop', 'reset', 'start-logging', 'stop-logging', 'remove-memory'] as const;

type Move = (world: World) => void;

/** Delivered only when the runner would: requests of the back-end wait while an operation runs. */
const ask =
  (bytes: Uint8Array, fds: number, group: string | null = null): Move =>
  (world) => {
    if (world.holdsBackend) return;
    const received = Array.from({ length: fds }, () => world.fd(group === null ? {} : { key: group }));
    world.input({ kind: 'backend-request', frame: frameOf(bytes, fds), fds: received });
  };

const index = fc.integer({ min: 0, max: 5 });
const size = fc.constantFrom(4096n, 4096n, 4096n, 8192n, 0n);
const area = fc.record({ index, noFd: fc.boolean(), size, offset: fc.constantFrom(0n, 0n, 0n, 1n) });
const settle: Move = (world) => {
  for (let frame = goodAnswer(world.state); frame !== null; frame = goodAnswer(world.state))
    world.input({ kind: 'answer', frame });
};
const run: Move = (world) => {
  if (world.state.link === 'disconnected') world.connect();
  settle(world);
  world.call('start');
  settle(world);
};

const offers: Readonly<Record<Dialect, fc.Arbitrary<Move>>> = {
  upstream: fc.oneof(
    {
      weight: 9,
      arbitrary: fc
        .tuple(area, fc.boolean())
        .map(([a, needReply]) =>
          ask(encodeBackend('BACKEND_VRING_HOST_NOTIFIER_MSG', a, needReply), a.noFd ? 0 : 1),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .boolean()
        .map((needReply) => ask(encodeBackend('BACKEND_CONFIG_CHANGE_MSG', null, needReply), 0)),
    },
  ),
  rfc2018: fc.oneof(
    area.map((a) => ask(encodeBackend('VRING_NOTIFY_AREA_MSG', a, true), a.noFd ? 0 : 1)),
    fc
      .tuple(index, fc.boolean(), fc.constantFrom('a', 'b'))
      .map(([i, noFd, group]) =>
        ask(encodeBackend('VRING_VFIO_GROUP_MSG', { index: i, noFd }, true), noFd ? 0 : 1, group),
      ),
  ),
};

const faults = fc
  .record({
    refuseNotify: fc.constantFrom(null, null, null, 9),
    refuseGroup: fc.constantFrom(null, null, null, 9),
    noReply: fc.boolean(),
    lateReplyMs: fc.constantFrom(0, 5),
    disconnectOn: fc.constantFrom(null, null, null, 'VRING_NOTIFY_AREA_MSG', 'VRING_VFIO_GROUP_MSG'),
  })
  .map(
    (profile): Move =>
      (world) =>
        world.input({ kind: 'set-faults', faults: profile }),
  );
const garbage = fc
  .tuple(fc.nat(12), fc.uint8Array({ maxLength: 48 }), fc.nat(3), fc.nat(9))
  .map(([id, body, fds, rarely]) =>
    ask(encodeFrame(id, rarely === 0 ? 'request' : 'request-needing-reply', body), fds),
  );

const moves = (dialect: Dialect): fc.Arbitrary<Move> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant(run) },
    { weight: 10, arbitrary: fc.constant(settle) },
    {
      weight: 4,
      arbitrary: fc.constantFrom(...CALLS).map(
        (call): Move =>
          (world) =>
            world.call(call),
      ),
    },
    { weight: 30, arbitrary: offers[dialect] },
    {
      weight: 2,
      arbitrary: fc.constantFrom(null, null, 'beyond-file').map((code): Move => (world) => {
        world.mapCode = code;
      }),
    },
    { weight: 1, arbitrary: faults },
    {
      weight: 2,
      arbitrary: fc.constantFrom('deadline' as const, 'late-answer' as const).map(
        (timer): Move =>
          (world) =>
            world.input({ kind: 'timer', timer }),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Move>((world) => world.input({ kind: 'closed', reason: 'hung up' })),
    },
    {
      weight: 1,
      arbitrary: fc.constant<Move>((world) =>
        world.input({ kind: 'answer', frame: frameOf(encodeAck(5, 1n)) }),
      ),
    },
    { weight: 3, arbitrary: garbage },
  );

/** Each fd that came in is held by exactly one area; pages and groups are what the state says. */
function expectConsistent(world: World): void {
  const areas = world.state.queues.flatMap(({ area: known }, queue) =>
    known === null ? [] : [{ queue, ...known }],
  );
  const held = areas.flatMap(({ fd }) => (fd === null ? [] : [fd]));
  expect([...world.fds].sort((a, b) => a - b)).toEqual(held.sort((a, b) => a - b));
  expect([...world.pages.keys()].sort()).toEqual(areas.filter((a) => a.mapped).map((a) => a.queue));
  expect([...world.groups].sort()).toEqual(world.state.queues.flatMap(({ group }) => group ?? []).sort());
  const called = [world.state.operation, ...world.state.waiting].filter((one) => (one?.id ?? null) !== null);
  expect(world.open.size).toBe(called.length);
}

describe('random walk of the front-end', () => {
  test.each(['upstream', 'rfc2018'] as const)(
    '%s: every fd, page, group and call has one owner after every step, none after the end',
    { timeout: 60_000 },
    (dialect) => {
      const seen = { mapped: 0, groups: 0 };
      fc.assert(
        fc.property(fc.array(moves(dialect), { minLength: 20, maxLength: 100 }), (walk) => {
          const world = new World(config(dialect));
          run(world);
          for (const move of walk) {
            move(world);
            expectConsistent(world);
            seen.mapped += world.pages.size;
            seen.groups += world.groups.length;
          }
          world.input({ kind: 'set-faults', faults: NO_FAULTS });
          world.input({ kind: 'closed', reason: 'the end' });
          expectConsistent(world);
          expect([world.fds.size, world.pages.size, world.groups.length, world.open.size]).toEqual([
            0, 0, 0, 0,
          ]);
        }),
        { numRuns: 100 },
      );
      // A walk that never gets anywhere would prove nothing.
      expect(seen.mapped).toBeGreaterThan(100);
      expect(seen.groups > 100).toBe(dialect === 'rfc2018');
    },
  );
});
