import { describe, expect, test } from 'vitest';
import { decodeAck } from '../wire/decode-answer.ts';
import { encodeBackend } from '../wire/encode.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { frameOf } from '../wire/testing/frame.ts';
import { virtioMask } from '../wire/virtio-features.ts';
import { ANSWER_CODES } from '../wire/answer-codes.ts';
import { DRIVER_FEATURES, PROTOCOL_FEATURES, type VmmConfig } from './config.ts';
import type { ReceivedFd } from './effects.ts';
import { NO_FAULTS } from './faults.ts';
import { operationId } from './ids.ts';
import { qemu } from './profiles/qemu.ts';
import { step } from './step.ts';
import { goodAnswer } from './testing/answering.ts';
import { World } from './testing/world.ts';

const GROUP = 3;
const AREA = 4;

function settle(world: World): void {
  for (let frame = goodAnswer(world.state); frame !== null; frame = goodAnswer(world.state))
    world.input({ kind: 'answer', frame });
}
const CONFIG: VmmConfig = {
  dialect: 'rfc2018',
  profile: qemu,
  queuePairs: 1,
  queueSize: 16,
  virtioFeatures: DRIVER_FEATURES,
  protocolFeatures: PROTOCOL_FEATURES.rfc2018,
  freshBase: null,
  answerDeadlineMs: 1000,
  pageSize: 4096,
};
function connected(config: Partial<VmmConfig> = {}): World {
  const world = new World({ ...CONFIG, ...config });
  world.connect();
  settle(world);
  return world;
}
function run(world: World, ...calls: readonly ('start' | 'stop' | 'reset')[]): void {
  for (const call of calls) {
    world.call(call);
    settle(world);
  }
}
function running(): World {
  const world = connected();
  run(world, 'start');
  return world;
}
const answerOf = (world: World, id: number): bigint | null => {
  const bytes = world.answers.pop();
  const ack = bytes === undefined ? null : decodeAck(id, frameOf(bytes));
  return ack?.ok === true ? ack.value : null;
};
function sendGroup(world: World, index: number, fd: ReceivedFd | null): bigint | null {
  const frame = frameOf(
    encodeBackend('VRING_VFIO_GROUP_MSG', { index, noFd: fd === null }, true),
    fd === null ? 0 : 1,
  );
  world.input({ kind: 'backend-request', frame, fds: fd === null ? [] : [fd] });
  return answerOf(world, GROUP);
}
function sendArea(
  world: World,
  fd: ReceivedFd | null,
  more: { index?: number; size?: bigint; offset?: bigint } = {},
): bigint | null {
  const area = { index: 0, size: 4096n, offset: 0n, ...more, noFd: fd === null };
  const frame = frameOf(encodeBackend('VRING_NOTIFY_AREA_MSG', area, true), fd === null ? 0 : 1);
  world.input({ kind: 'backend-request', frame, fds: fd === null ? [] : [fd] });
  return answerOf(world, AREA);
}
const group = (world: World, key: string | null = 'g'): ReceivedFd => world.fd({ kind: 'vfio-group', key });

const UNDOING: readonly string[] = ['unmap', 'close-fd', 'release-group', 'close-channels'];

describe('rfc2018: group', () => {
  test('is held by what it is: another fd of the same group is the same group', () => {
    const world = running();
    expect(sendGroup(world, 0, group(world))).toBe(0n);
    expect(sendGroup(world, 1, group(world))).toBe(0n);
    expect([world.groups, world.fds.size]).toEqual([['g', 'g'], 0]);
  });
  test('sent again for its queue is held once', () => {
    const world = running();
    sendGroup(world, 0, group(world));
    sendGroup(world, 0, group(world));
    expect(world.groups).toEqual(['g']);
  });
  test('replaced by another releases the first', () => {
    const world = running();
    sendGroup(world, 0, group(world, 'g'));
    sendGroup(world, 0, group(world, 'h'));
    expect(world.groups).toEqual(['h']);
  });
  test('is deleted by a message without fd, twice without harm', () => {
    const world = running();
    sendGroup(world, 0, group(world));
    expect([sendGroup(world, 0, null), sendGroup(world, 0, null), world.groups]).toEqual([0n, 0n, []]);
  });
  test('of a queue that does not exist is refused, its fd closed', () => {
    const world = running();
    expect(sendGroup(world, 2, group(world))).toBe(ANSWER_CODES['unknown-queue']);
    expect([world.fds.size, world.groups]).toEqual([0, []]);
  });
  test('whose fd is something else, or of which the kernel tells nothing, is refused', () => {
    const world = running();
    expect(sendGroup(world, 0, world.fd({ kind: 'eventfd' }))).toBe(ANSWER_CODES['group-unidentified']);
    expect(sendGroup(world, 0, group(world, null))).toBe(ANSWER_CODES['group-unidentified']);
    expect([world.fds.size, world.groups]).toEqual([0, []]);
  });
  test('refused on purpose keeps the one that is held', () => {
    const world = running();
    sendGroup(world, 0, group(world, 'g'));
    world.input({ kind: 'set-faults', faults: { ...NO_FAULTS, refuseGroup: 5 } });
    expect([sendGroup(world, 0, group(world, 'h')), world.groups, world.fds.size]).toEqual([5n, ['g'], 0]);
  });
  test('outlives a stop and ends with a reset', () => {
    const world = running();
    sendGroup(world, 0, group(world));
    run(world, 'stop');
    expect(world.groups).toEqual(['g']);
    run(world, 'reset');
    expect(world.groups).toEqual([]);
  });
});

describe('rfc2018: notify area', () => {
  test('of a running ring is mapped at once', () => {
    const world = running();
    expect([sendArea(world, world.fd()), world.pages.size]).toEqual([0n, 1]);
  });
  test('before the start is mapped at SET_VRING_BASE, before address and kick', () => {
    const world = connected();
    expect([sendArea(world, world.fd()), world.pages.size]).toEqual([0n, 0]);
    run(world, 'start');
    expect(world.pages.size).toBe(1);
  });
  test('outlives a stop and is mapped again at the next start', () => {
    const world = running();
    sendArea(world, world.fd());
    run(world, 'stop');
    expect(world.pages.size).toBe(0);
    run(world, 'start');
    expect([world.pages.size, world.fds.size]).toEqual([1, 1]);
  });
  test('deleted while the ring is stopped is not mapped again', () => {
    const world = running();
    sendArea(world, world.fd());
    run(world, 'stop');
    expect(sendArea(world, null)).toBe(0n);
    run(world, 'start');
    expect([world.pages.size, world.fds.size]).toEqual([0, 0]);
  });
  test('that cannot be mapped again is forgotten with its fd', () => {
    const world = running();
    sendArea(world, world.fd());
    run(world, 'stop');
    world.mapCode = 'not-mappable';
    run(world, 'start');
    expect([world.pages.size, world.fds.size, world.state.device]).toEqual([0, 0, 'running']);
  });
  test('replaced closes the fd of the first', () => {
    const world = running();
    sendArea(world, world.fd());
    sendArea(world, world.fd());
    expect([world.pages.size, world.fds.size]).toEqual([1, 1]);
  });
  test('that cannot be mapped leaves the one that is', () => {
    const world = running();
    sendArea(world, world.fd());
    world.mapCode = 'not-mappable';
    expect(sendArea(world, world.fd())).toBe(ANSWER_CODES['not-mappable']);
    expect([world.pages.size, world.fds.size]).toEqual([1, 1]);
  });
  test.each([
    ['a size of half a page', { size: 2048n }, 'size'],
    ['two pages', { size: 8192n }, 'size'],
    ['an offset inside a page', { offset: 8n }, 'offset'],
    ['an offset beyond the file', { offset: 4096n }, 'beyond-file'],
    ['a queue that does not exist', { index: 7 }, 'unknown-queue'],
  ] as const)('with %s is refused before anything is mapped, also while stopped', (_what, more, answer) => {
    const world = connected();
    expect(sendArea(world, world.fd(), more)).toBe(ANSWER_CODES[answer]);
    run(world, 'start');
    expect(sendArea(world, world.fd(), more)).toBe(ANSWER_CODES[answer]);
    expect([world.pages.size, world.fds.size]).toEqual([0, 0]);
  });
  test('without F_VFIO is refused by the name of what is missing', () => {
    const world = connected({ protocolFeatures: PROTOCOL_FEATURES.rfc2018 & ~protocolMask('F_VFIO') });
    run(world, 'start');
    expect(sendArea(world, world.fd())).toBe(ANSWER_CODES['not-negotiated']);
    expect(sendGroup(world, 0, group(world))).toBe(ANSWER_CODES['not-negotiated']);
    expect([world.pages.size, world.fds.size, world.groups]).toEqual([0, 0, []]);
  });
  test('of a legacy device is refused, also while stopped', () => {
    const world = connected({ virtioFeatures: DRIVER_FEATURES & ~virtioMask('F_VERSION_1') });
    expect(sendArea(world, world.fd())).toBe(ANSWER_CODES['legacy-device']);
    expect([world.pages.size, world.fds.size]).toEqual([0, 0]);
  });
  test('of 4 KiB on a system with larger pages is refused with the page named', () => {
    const world = connected({ pageSize: 65536 });
    run(world, 'start');
    const area = { index: 0, size: 4096n, offset: 0n, noFd: false };
    const frame = frameOf(encodeBackend('VRING_NOTIFY_AREA_MSG', area, true), 1);
    const { effects } = step({ ...CONFIG, pageSize: 65536 }, world.state, {
      kind: 'backend-request',
      frame,
      fds: [world.fd()],
    });
    const notes = effects.flatMap((effect) =>
      effect.kind === 'announce' && effect.event.kind === 'note' ? [effect.event.message] : [],
    );
    expect(notes).toEqual([expect.stringContaining('a page of this system has 65536 bytes')]);
  });
  test.each(['closed', 'reset'] as const)(
    'is undone at %s in this order: page, fd, group, channels',
    (how) => {
      const world = running();
      sendGroup(world, 0, group(world));
      sendArea(world, world.fd());
      if (how === 'reset') run(world, 'stop');
      const { effects } = step(
        CONFIG,
        world.state,
        how === 'closed'
          ? { kind: 'closed', reason: 'hung up' }
          : { kind: 'call', operation: operationId(999), call: 'reset' },
      );
      const undone = effects.map(({ kind }) => kind).filter((kind) => UNDOING.includes(kind));
      expect(undone).toEqual(
        how === 'closed'
          ? ['unmap', 'close-fd', 'release-group', 'close-channels']
          : ['close-fd', 'release-group'],
      );
    },
  );
  test('of a device without a file size is left to mmap', () => {
    const world = running();
    const device = world.fd({ kind: 'vfio-device', size: null });
    expect([sendArea(world, device, { offset: 1n << 40n }), world.pages.size]).toEqual([0n, 1]);
  });
  test.each(['reset', 'closed'] as const)('ends with its group at %s', (how) => {
    const world = running();
    sendGroup(world, 0, group(world));
    sendArea(world, world.fd());
    if (how === 'reset') run(world, 'reset');
    else world.input({ kind: 'closed', reason: 'hung up' });
    expect([world.pages.size, world.fds.size, world.groups]).toEqual([0, 0, []]);
  });
});
