import { expect, test } from 'vitest';
import { protocolMask } from '../wire/protocol-features.ts';
import { DRIVER_FEATURES, PROTOCOL_FEATURES } from './config.ts';
import type { LoneMessage } from './lone-message.ts';
import { qemu } from './profiles/qemu.ts';
import { goodAnswer } from './testing/answering.ts';
import { World } from './testing/world.ts';

const MESSAGES: readonly LoneMessage[] = [
  { name: 'SEND_RARP', mac: 0x5634_1200_5452n },
  { name: 'NET_SET_MTU', mtu: 1500n },
  { name: 'SET_LOG_FD' },
  { name: 'RESET_OWNER' },
];

function settle(world: World): void {
  for (let frame = goodAnswer(world.state); frame !== null; frame = goodAnswer(world.state))
    world.input({ kind: 'answer', frame });
}

function connected(protocolFeatures: bigint): World {
  const world = new World({
    dialect: 'upstream',
    profile: qemu,
    queuePairs: 1,
    queueSize: 16,
    virtioFeatures: DRIVER_FEATURES,
    protocolFeatures,
    freshBase: null,
    answerDeadlineMs: 1000,
    pageSize: 4096,
  });
  world.connect();
  settle(world);
  world.sent.length = 0;
  return world;
}

test.each(MESSAGES)('$name is sent by itself, and waited for where QEMU waits', (message) => {
  const world = connected(PROTOCOL_FEATURES.upstream);
  world.say(message);
  expect(world.sent).toEqual([message.name]);
  expect(world.state.operation !== null).toBe(message.name === 'NET_SET_MTU');
  settle(world);
  expect(world.open.size).toBe(0);
});

test.each([
  ['SEND_RARP', 'RARP'],
  ['NET_SET_MTU', 'MTU'],
] as const)('%s without %s is not sent', (name, feature) => {
  const world = connected(PROTOCOL_FEATURES.upstream & ~protocolMask(feature));
  for (const message of MESSAGES) if (message.name === name) world.say(message);
  expect([world.sent, world.open.size]).toEqual([[], 0]);
});
