/**
 * Malformed messages and hostile guests against a real engine process: each class is answered as the message
 * table says, logged once, and leaves nothing behind.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { fdTargets, footprint } from './drivers/proc.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import {
  encode,
  memTable,
  NEED_REPLY,
  RawFrontEnd,
  REQUEST,
  u32,
  u64,
  type RawMessage,
} from './drivers/raw-front-end.ts';
import { until } from './drivers/wait.ts';

type Effect = 'closed' | 'nack' | 'ignored';
type Stage = 'new' | 'negotiated' | 'mapped' | 'running';

interface Case {
  readonly title: string;
  readonly stage: Stage;
  readonly effect: Effect;
  readonly message: (frontEnd: RawFrontEnd) => RawMessage;
}

const MIB = 0x10_0000n;
const pages = (frontEnd: RawFrontEnd, count: number) =>
  Array.from({ length: count }, () => frontEnd.memfd(4096n));

const CASES: readonly Case[] = [
  {
    title: 'version 0',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.GET_FEATURES, wholeFlags: 0 }),
  },
  {
    title: 'version 2',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.GET_FEATURES, wholeFlags: 2 }),
  },
  {
    title: 'reserved flags',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.GET_FEATURES, flags: 0x8000_0000 }),
  },
  {
    title: 'a reply where a request belongs',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.GET_FEATURES, flags: 4, body: u64(0n) }),
  },
  {
    title: 'a body beyond the cap',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.SET_FEATURES, claimedSize: 0xffff_ffff }),
  },
  {
    title: 'an unknown request that wants an answer',
    stage: 'negotiated',
    effect: 'nack',
    message: () => ({ request: 4711, flags: NEED_REPLY }),
  },
  {
    title: 'an unknown request',
    stage: 'negotiated',
    effect: 'ignored',
    message: () => ({ request: 4711, body: u64(1n) }),
  },
  {
    title: 'an unknown request with fds',
    stage: 'negotiated',
    effect: 'ignored',
    message: (frontEnd) => ({ request: 4711, fds: pages(frontEnd, 3) }),
  },
  {
    title: 'a body of the wrong size',
    stage: 'new',
    effect: 'closed',
    message: () => ({ request: REQUEST.SET_FEATURES, body: u32(1) }),
  },
  {
    title: 'a body of the wrong size that can be told',
    stage: 'negotiated',
    effect: 'nack',
    message: () => ({ request: REQUEST.SET_FEATURES, body: u32(1), flags: NEED_REPLY }),
  },
  {
    title: 'fds on a message that takes none',
    stage: 'negotiated',
    effect: 'closed',
    message: (frontEnd) => ({ request: REQUEST.SET_OWNER, fds: pages(frontEnd, 1) }),
  },
  {
    title: 'eight fds on a message that takes none',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({ request: REQUEST.SET_OWNER, fds: pages(frontEnd, 8), flags: NEED_REPLY }),
  },
  {
    title: 'fewer fds than regions',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{}, { gpa: MIB, address: MIB }]),
      fds: [frontEnd.memfd(MIB)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a table that claims more regions than it holds',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{}], 5),
      fds: [frontEnd.memfd(MIB)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'an empty region',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{ size: 0n }]),
      fds: [frontEnd.memfd(MIB)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a region that wraps around the address space',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{ gpa: 0xffff_ffff_ffff_f000n }]),
      fds: [frontEnd.memfd(MIB)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'regions that overlap',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{}, { address: 0x6000_0000_0000n, gpa: 0x1000n }]),
      fds: [frontEnd.memfd(MIB), frontEnd.memfd(MIB)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a region beyond the end of its file',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{}]),
      fds: [frontEnd.memfd(4096n)],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a region on a socket',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_MEM_TABLE,
      body: memTable([{}]),
      fds: [frontEnd.socket()],
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a queue that does not exist',
    stage: 'mapped',
    effect: 'nack',
    message: () => ({ request: REQUEST.SET_VRING_NUM, body: u32(7, 64), flags: NEED_REPLY }),
  },
  {
    title: 'a ring size that is no power of two',
    stage: 'mapped',
    effect: 'nack',
    message: () => ({ request: REQUEST.SET_VRING_NUM, body: u32(0, 100), flags: NEED_REPLY }),
  },
  {
    title: 'a misaligned ring',
    stage: 'mapped',
    effect: 'nack',
    message: () => ({
      request: REQUEST.SET_VRING_ADDR,
      body: Buffer.concat([u32(0, 0), u64(1n, 2n, 3n, 0n)]),
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'memory as a kick fd',
    stage: 'mapped',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_VRING_KICK,
      body: u64(0n),
      fds: pages(frontEnd, 1),
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'no kick fd without the bit that says so',
    stage: 'mapped',
    effect: 'nack',
    message: () => ({ request: REQUEST.SET_VRING_KICK, body: u64(0n), flags: NEED_REPLY }),
  },
  {
    title: 'memory as the back-end channel',
    stage: 'negotiated',
    effect: 'nack',
    message: (frontEnd) => ({
      request: REQUEST.SET_BACKEND_REQ_FD,
      fds: pages(frontEnd, 1),
      flags: NEED_REPLY,
    }),
  },
  {
    title: 'a ring set up under way',
    stage: 'running',
    effect: 'nack',
    message: () => ({ request: REQUEST.SET_VRING_NUM, body: u32(0, 128), flags: NEED_REPLY }),
  },
];

let bench: Bench;
let doorbell: Doorbell;

const Log = z.looseObject({ event: z.literal('log'), severity: z.string(), message: z.string() });
const problems = (): readonly z.infer<typeof Log>[] =>
  doorbell
    .events()
    .flatMap((event) => Log.safeParse(event).data ?? [])
    .filter((entry) => entry.severity !== 'note');

async function at(stage: Stage): Promise<RawFrontEnd> {
  const frontEnd = new RawFrontEnd(doorbell.socket);
  if (stage !== 'new') await frontEnd.negotiate();
  if (stage === 'mapped' || stage === 'running') await frontEnd.mapMemory();
  if (stage === 'running') await frontEnd.startRing(0);
  return frontEnd;
}

/** A whole session, there and back: the engine serves on. */
async function healthy(): Promise<void> {
  const frontEnd = await at('running');
  await doorbell.untilQueue('served', 0, (queue) => queue.phase === 'software');
  frontEnd.close();
  await doorbell.untilState('lost');
}

async function expectEffect(frontEnd: RawFrontEnd, effect: Effect): Promise<void> {
  const answer = await frontEnd.answer(effect === 'ignored' ? 200 : 2000);
  if (effect === 'closed') expect(answer).toEqual({ kind: 'closed' });
  if (effect === 'ignored') expect(answer).toEqual({ kind: 'silence' });
  if (effect === 'nack') {
    expect(answer).toMatchObject({ kind: 'reply' });
    if (answer.kind === 'reply') expect(answer.body.readBigUInt64LE()).not.toBe(0n);
  }
  // What was refused must not have ended the conversation.
  if (effect !== 'closed') await frontEnd.ask({ request: REQUEST.GET_FEATURES });
}

describe('malformed messages', () => {
  beforeAll(async () => {
    bench = new Bench();
    doorbell = await Doorbell.serve(bench);
    await healthy();
  });
  afterAll(() => bench.end());

  it.each(CASES)('$title: $effect', async ({ stage, effect, message }) => {
    const baseline = footprint(doorbell.pid);
    const logged = problems().length;
    const frontEnd = await at(stage);
    frontEnd.send(message(frontEnd));
    await expectEffect(frontEnd, effect);
    frontEnd.close();
    await doorbell.untilState('lost');
    await until(
      () =>
        `back to ${JSON.stringify(baseline)}: ${JSON.stringify(footprint(doorbell.pid))} ${fdTargets(doorbell.pid).join(' ')}`,
      () => JSON.stringify(footprint(doorbell.pid)) === JSON.stringify(baseline),
    );
    await healthy();
    // What the healthy session printed came after it.
    const lines = problems().slice(logged);
    expect(lines.map((line) => line.message)).toHaveLength(1);
  });

  it('cut short at every byte: the connection ends and nothing is left', async () => {
    const baseline = footprint(doorbell.pid);
    const whole = encode({ request: REQUEST.SET_MEM_TABLE, body: memTable([{}]), flags: NEED_REPLY });
    for (let length = 1; length < whole.length; length++) {
      const frontEnd = new RawFrontEnd(doorbell.socket);
      frontEnd.sendBytes(whole.subarray(0, length), [frontEnd.memfd(MIB)]);
      frontEnd.close();
    }
    await until(
      'back to the baseline',
      () => JSON.stringify(footprint(doorbell.pid)) === JSON.stringify(baseline),
    );
    // One connection at a time: those that wait to be accepted come first.
    await until('a whole session again', () =>
      healthy()
        .then(() => true)
        .catch(() => false),
    );
  });
});

const FRAME = 0x18_0000n;
const [NEXT, WRITE, INDIRECT] = [1, 2, 4];

/** What a driver may write into a descriptor table to hurt a device. */
const GUESTS: readonly {
  readonly title: string;
  readonly code: string;
  readonly attack: (nic: QtestNic) => Promise<void>;
}[] = [
  {
    title: 'a chain that loops',
    code: 'ring-chain-too-long',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, FRAME, 64, NEXT, 1);
      await tx.setDescriptor(1, FRAME, 64, NEXT, 0);
      await tx.publish(0);
    },
  },
  {
    title: 'a descriptor beyond the table',
    code: 'ring-descriptor-out-of-range',
    attack: async ({ tx }) => {
      await tx.publish(0x7fff);
    },
  },
  {
    title: 'a chain that leads beyond the table',
    code: 'ring-descriptor-out-of-range',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, FRAME, 64, NEXT, 4000);
      await tx.publish(0);
    },
  },
  {
    title: 'a buffer outside memory',
    code: 'ring-buffer-outside-memory',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, 0xffff_0000_0000n, 64, 0);
      await tx.publish(0);
    },
  },
  {
    title: 'a buffer that wraps around the address space',
    code: 'ring-buffer-outside-memory',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, 0xffff_ffff_ffff_fff0n, 0xffff, 0);
      await tx.publish(0);
    },
  },
  {
    title: 'a writable buffer to send from',
    code: 'ring-direction-invalid',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, FRAME, 64, WRITE);
      await tx.publish(0);
    },
  },
  {
    title: 'an indirect table that was not negotiated',
    code: 'ring-indirect-invalid',
    attack: async ({ tx }) => {
      await tx.setDescriptor(0, FRAME, 32, INDIRECT);
      await tx.publish(0);
    },
  },
  {
    title: 'an avail index that jumps',
    code: 'ring-index-jumped',
    attack: async ({ qtest, tx }) => {
      await qtest.store(2, tx.addresses.avail + 2, tx.availIndex + 1000);
    },
  },
];

describe.skipIf(isMissing('qemu'))(titled('hostile guests', 'qemu'), () => {
  afterEach((context) => endBench(bench, context));

  for (const owner of ['software', 'accelerated'] as const)
    it.each(GUESTS)(`$title breaks only its ring (${owner})`, async ({ code, attack }) => {
      bench = new Bench();
      doorbell = await Doorbell.serve(bench, [`vm0,desired=${owner}`]);
      const nic = await QtestNic.start(bench, { socket: doorbell.socket });
      await nic.startDriver();
      await nic.ping();
      const phase = owner === 'software' ? 'software' : 'mapped';
      await doorbell.untilQueue('served', 1, (queue) => queue.phase === phase);
      await attack(nic);
      await nic.pci.notify(1);
      await doorbell.untilQueue('broken', 1, (queue) => queue.reason?.code === code);
      // The other ring lives, the process lives, and a reset heals.
      expect((await doorbell.liveQueue(0)).reason).toBeNull();
      expect((await doorbell.liveQueue(0)).phase).toBe(phase);
      await nic.startDriver();
      await nic.ping();
      expect((await doorbell.liveQueue(1)).reason?.code).not.toBe(code);
    });
});
