/** The order of each profile's messages, as its VMM was seen to send them. */
import { describe, expect, test } from 'vitest';
import { protocolMask } from '../../wire/protocol-features.ts';
import { DRIVER_FEATURES } from '../config.ts';
import { goodAnswer } from '../testing/answering.ts';
import { World } from '../testing/world.ts';
import { PROFILES } from './all.ts';
import type { ProfileName } from './profile.ts';

function settle(world: World): void {
  for (let frame = goodAnswer(world.state); frame !== null; frame = goodAnswer(world.state))
    world.input({ kind: 'answer', frame });
}

function running(name: ProfileName): World {
  const profile = PROFILES[name];
  const world = new World({
    dialect: 'upstream',
    profile,
    queuePairs: 1,
    queueSize: 16,
    virtioFeatures: DRIVER_FEATURES,
    protocolFeatures: profile.protocolFeatures.upstream,
    freshBase: null,
    answerDeadlineMs: 1000,
    pageSize: 4096,
  });
  world.connect();
  settle(world);
  world.call('start');
  settle(world);
  return world;
}

describe('the messages up to a running device', () => {
  test.each([
    [
      'qemu',
      'GET_FEATURES GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM GET_MAX_MEM_SLOTS SET_BACKEND_REQ_FD ' +
        'SET_OWNER GET_FEATURES GET_CONFIG SET_VRING_CALL SET_VRING_ERR SET_VRING_CALL SET_VRING_ERR SET_VRING_ENABLE ' +
        'SET_VRING_ENABLE SET_FEATURES SET_VRING_NUM SET_VRING_BASE SET_VRING_KICK SET_VRING_CALL ' +
        'SET_VRING_NUM SET_VRING_BASE SET_VRING_KICK SET_VRING_CALL GET_STATUS SET_STATUS',
    ],
    [
      'uml',
      'SET_OWNER GET_FEATURES GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES SET_BACKEND_REQ_FD SET_FEATURES ' +
        'GET_CONFIG SET_MEM_TABLE SET_VRING_CALL SET_VRING_NUM SET_VRING_BASE SET_VRING_CALL SET_VRING_NUM SET_VRING_BASE ' +
        'SET_VRING_KICK SET_VRING_KICK SET_VRING_ENABLE SET_VRING_ENABLE',
    ],
    [
      'dpdk',
      'SET_OWNER GET_FEATURES GET_PROTOCOL_FEATURES SET_PROTOCOL_FEATURES GET_QUEUE_NUM SET_VRING_CALL SET_VRING_CALL ' +
        'SET_FEATURES SET_STATUS SET_MEM_TABLE SET_VRING_NUM SET_VRING_BASE SET_VRING_KICK ' +
        'SET_VRING_NUM SET_VRING_BASE SET_VRING_KICK SET_VRING_ENABLE SET_VRING_ENABLE SET_STATUS',
    ],
  ] as const)('of %s', (name, messages) => {
    const world = running(name);

    expect(world.state.device).toBe('running');
    // The world's guest has no rings, so no addresses are sent, and with memory slots no region either.
    expect(world.sent.join(' ')).toBe(messages);
  });
});

describe('giving a device up', () => {
  test('user-mode Linux disables the rings and asks for no index', () => {
    const world = running('uml');
    world.sent.length = 0;
    world.call('stop');
    settle(world);

    expect(world.sent).toEqual(['SET_VRING_ENABLE', 'SET_VRING_ENABLE', 'GET_FEATURES']);
    expect(world.state.device).toBe('stopped');
  });

  test('DPDK disables the rings, then stops each', () => {
    const world = running('dpdk');
    world.sent.length = 0;
    world.call('stop');
    settle(world);

    expect(world.sent).toEqual(['SET_VRING_ENABLE', 'SET_VRING_ENABLE', 'GET_VRING_BASE', 'GET_VRING_BASE']);
  });
});

test('no profile acknowledges a channel for pages that it has no use for', () => {
  const pages = protocolMask('HOST_NOTIFIER');
  expect(PROFILES.qemu.protocolFeatures.upstream & pages).toBe(pages);
  expect(PROFILES.uml.protocolFeatures.upstream & pages).toBe(0n);
  expect(PROFILES.dpdk.protocolFeatures.upstream & pages).toBe(0n);
});
