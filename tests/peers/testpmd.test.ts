/** DPDK's virtio-user under load: tens of millions of descriptors against the engine's workers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasVirtio } from '../../main/wire/virtio-features.ts';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { z } from 'zod';
import { isMissing, testpmdFiles, titled } from './drivers/manifest.ts';
import { filePrefix, memoryArguments, Testpmd } from './drivers/testpmd.ts';
import { sleep, until } from './drivers/wait.ts';

const TX = 1;
const SECONDS = 10;
const ECHO_SECONDS = process.env.DOORBELL_SOAK === undefined ? 3 : 60;

/** What echo-check counted. */
const Echoed = z.object({
  sent: z.number(),
  received: z.number(),
  lost: z.number(),
  reordered: z.number(),
  corrupted: z.number(),
});

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench);
});
afterEach((context) => endBench(bench, context));

async function unharmed(frontEnd: Testpmd): Promise<void> {
  expect(frontEnd.child.ended).toBeUndefined();
  expect(doorbell.child.ended).toBeUndefined();
  const queues = (await doorbell.status()).sessions.flatMap((session) => session.queues);
  expect(queues.filter((queue) => queue.reason !== null)).toEqual([]);
}

describe.skipIf(isMissing('testpmd'))(titled('testpmd virtio-user', 'testpmd'), () => {
  it(`txonly for ${SECONDS} s: frames in the sink + counted drops = what it counts as sent`, async () => {
    const frontEnd = Testpmd.frontEnd(bench, doorbell.socket, { mode: 'txonly' });
    await frontEnd.ready();
    await frontEnd.command('start');
    await sleep(SECONDS * 1000);
    await frontEnd.command('stop');
    const { sent } = await frontEnd.statistics();
    expect(sent).toBeGreaterThan(100_000);
    await until(
      () => `the engine takes ${sent} frames`,
      async () => (await doorbell.liveQueue(TX)).counters.engineDescriptors === sent,
      10_000,
    );
    const { sinkFrames, dropped } = (await doorbell.status()).network;
    expect({ sinkFrames, dropped, sum: sinkFrames + dropped }).toEqual({ sinkFrames, dropped, sum: sent });
    await unharmed(frontEnd);
    console.log(
      `testpmd txonly: ${sent} frames (${dropped} dropped) in ${SECONDS} s = ${(sent / SECONDS / 1e6).toFixed(2)} Mpps`,
    );
  });

  it('without a back-end channel: relay with the reason, nothing sent, traffic goes on', async () => {
    const frontEnd = Testpmd.frontEnd(bench, doorbell.socket, { mode: 'txonly' });
    await frontEnd.ready();
    await frontEnd.command('start');
    expect((await doorbell.set(TX, 'accelerated')).code).toBe(3);
    const queue = await doorbell.queue(TX);
    expect(queue).toMatchObject({ phase: 'relay', notifyRegion: null });
    expect(queue.reason?.code).toMatch(/^(bit-not-negotiated|no-backend-channel)$/);
    await doorbell.untilQueue(
      'the accelerator serves on',
      TX,
      (now) => (now.counters.deviceDescriptors ?? 0) > (queue.counters.deviceDescriptors ?? 0) + 1000,
    );
    await doorbell.mustSet(TX, 'software');
    const { engineDescriptors } = (await doorbell.queue(TX)).counters;
    await doorbell.untilQueue(
      'the engine serves on',
      TX,
      (now) => (now.counters.engineDescriptors ?? 0) > (engineDescriptors ?? 0) + 1000,
    );
    await unharmed(frontEnd);
  });

  const ECHOES = [64, 1500].flatMap((bytes) => [
    { bytes, format: 'split', packed: 0 },
    { bytes, format: 'packed', packed: 1 },
  ]);
  it.each(ECHOES)(
    '$bytes-byte frames of two queue pairs come back whole through $format rings, each once and in order',
    { timeout: (ECHO_SECONDS + 60) * 1000 },
    async ({ bytes, packed }) => {
      await bench.stop('doorbell');
      doorbell = await Doorbell.serve(bench, ['vm0'], ['--queue-pairs', '2']);
      const words = ['--lcores', '0@0', '--no-pci', '--no-telemetry', `--file-prefix=${filePrefix()}`];
      const device = `net_virtio_user0,path=${doorbell.socket},queues=2,queue_size=256,packed_vq=${packed}`;
      const { echoCheck } = testpmdFiles();
      const program = bench.start('echo-check', echoCheck, [
        ...words,
        ...memoryArguments(),
        '--vdev',
        device,
        '--',
        String(ECHO_SECONDS),
        String(bytes),
        '2',
      ]);
      // virtio-user falls back to split rings without a word, so what was acknowledged is looked at.
      await until(
        'frames are taken',
        async () => ((await doorbell.liveQueue(TX)).counters.engineDescriptors ?? 0) > 0,
        20_000,
      );
      const acknowledged = BigInt((await doorbell.snapshot()).features?.virtio ?? '0x0');
      expect(hasVirtio(acknowledged, 'F_RING_PACKED')).toBe(packed === 1);
      const { code } = await program.exit((ECHO_SECONDS + 30) * 1000);
      const counted = Echoed.parse(JSON.parse(/^\{"sent".*$/m.exec(program.output)?.[0] ?? 'null'));
      console.log(
        `echo-check ${bytes} B, packed_vq=${packed}: ${JSON.stringify(counted)} in ${ECHO_SECONDS} s`,
      );
      expect(counted).toMatchObject({ received: counted.sent, lost: 0, reordered: 0, corrupted: 0 });
      expect(counted.sent).toBeGreaterThan(10_000);
      expect(code).toBe(0);
    },
  );

  it('io between two front-ends through the switch: frames circulate', async () => {
    await bench.stop('doorbell');
    doorbell = await Doorbell.serve(bench, ['a', 'b']);
    const [a, b] = doorbell.sockets;
    const left = Testpmd.frontEnd(bench, a ?? '', { mode: 'io', core: 0 });
    const right = Testpmd.frontEnd(bench, b ?? '', { mode: 'io', core: 0 });
    await Promise.all([left.ready(), right.ready()]);
    await right.command('start');
    await left.command('start tx_first 4');
    await until(
      'frames circulate',
      async () => (await left.statistics()).received > 1000 && (await right.statistics()).received > 1000,
      20_000,
      200,
    );
    await unharmed(left);
    await unharmed(right);
  });
});
