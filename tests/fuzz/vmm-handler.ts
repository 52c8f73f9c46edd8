/**
 * The reference front-end's handler of back-end requests: sessions of it take fuzzed requests, answers and ends in any
 * order. Every fd, page, group and call has one owner after every step, and none is left after the end.
 */
import { DRIVER_FEATURES, PROTOCOL_FEATURES, type VmmConfig } from '../../main/vmm/config.ts';
import { qemu } from '../../main/vmm/profiles/qemu.ts';
import { goodAnswer } from '../../main/vmm/testing/answering.ts';
import { World } from '../../main/vmm/testing/world.ts';
import type { Dialect } from '../../main/wire/dialect.ts';
import { decodeHeader, HEADER_BYTES } from '../../main/wire/header.ts';
import { mutated } from './mutate.ts';
import type { Random } from './random.ts';
import type { Target } from './target.ts';

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

/** Requests that one session takes before it is ended and looked at. */
const SESSION = 200;

function settle(world: World): void {
  for (let frame = goodAnswer(world.state); frame !== null; frame = goodAnswer(world.state))
    world.input({ kind: 'answer', frame });
}

function begin(world: World): void {
  if (world.state.link === 'disconnected') world.connect();
  settle(world);
  world.call('start');
  settle(world);
}

function mustBeConsistent(world: World): void {
  const areas = world.state.queues.filter(({ area }) => (area?.fd ?? null) !== null).length;
  const mapped = world.state.queues.filter(({ area }) => area?.mapped === true).length;
  const groups = world.state.queues.filter(({ group }) => group !== null).length;
  if (world.fds.size !== areas) throw new Error(`${world.fds.size} fds are open, ${areas} areas hold one`);
  if (world.pages.size !== mapped)
    throw new Error(`${world.pages.size} pages, ${mapped} are said to be mapped`);
  if (world.groups.length !== groups)
    throw new Error(`${world.groups.length} holds, ${groups} queues have a group`);
}

const SOMETIMES = [
  (world: World) => world.call('stop'),
  (world: World) => world.call('reset'),
  (world: World) => world.call('start'),
  (world: World) => world.input({ kind: 'timer', timer: 'late-answer' }),
  (world: World) => world.input({ kind: 'closed', reason: 'hung up' }),
  (world: World) => {
    world.mapCode = world.mapCode === null ? 'beyond-file' : null;
  },
] as const;

export function vmmTarget(dialect: Dialect, seeds: readonly Uint8Array[]): Target {
  let world = new World(config(dialect));
  let left = 0;
  return {
    name: `vmm-${dialect}`,
    run: (random) => {
      if (left-- === 0) {
        end(world);
        world = new World(config(dialect));
        left = SESSION;
      }
      if (world.state.link === 'disconnected') begin(world);
      if (random.once(24)) {
        random.pick(SOMETIMES)(world);
        settle(world);
      }
      return request(world, random, seeds);
    },
  };
}

function request(world: World, random: Random, seeds: readonly Uint8Array[]): 'accepted' | 'refused' {
  const { bytes, fdCount } = mutated(random, seeds);
  const header = decodeHeader(bytes.subarray(0, HEADER_BYTES));
  // The channel ends such a connection before anybody is asked.
  if (!header.ok || world.holdsBackend || bytes.byteLength - HEADER_BYTES < header.value.size)
    return 'refused';
  const body = bytes.subarray(HEADER_BYTES, HEADER_BYTES + header.value.size);
  const fds = Array.from({ length: fdCount }, () =>
    world.fd(random.once(3) ? { kind: 'vfio-group', key: random.pick(['group-a', 'group-b']) } : {}),
  );
  const answered = world.answers.length;
  world.input({ kind: 'backend-request', frame: { header: header.value, body, fdCount }, fds });
  const answer = world.answers.at(answered);
  if (world.answers.length > answered + 1) throw new Error('one request was answered more than once');
  if (answer !== undefined && !decodeHeader(answer.subarray(0, HEADER_BYTES)).ok)
    throw new Error('an answer that is no message');
  mustBeConsistent(world);
  world.answers.length = 0;
  world.sent.length = 0;
  return answer === undefined ? 'refused' : 'accepted';
}

function end(world: World): void {
  world.input({ kind: 'closed', reason: 'the end' });
  const left = [world.fds.size, world.pages.size, world.groups.length, world.open.size];
  if (left.some((count) => count > 0)) throw new Error(`left after the end: ${left.join(', ')}`);
}
