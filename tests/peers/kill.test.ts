/** Front-ends that die without a word: everything of theirs goes with them, and the next one is served. */
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, root, titled } from './drivers/manifest.ts';
import { fdTargets, footprint, type Footprint } from './drivers/proc.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import { random, SEED } from './drivers/random.ts';
import { Testpmd } from './drivers/testpmd.ts';
import { sleep, until } from './drivers/wait.ts';

const soak = process.env.DOORBELL_SOAK !== undefined;
const QEMU_KILLS = soak ? 400 : 70;
const TESTPMD_KILLS = soak ? 200 : 50;
const VMM_KILLS = soak ? 400 : 80;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
});
afterEach((context) => endBench(bench, context));

async function backTo(baseline: Footprint, kill: number): Promise<void> {
  await until(
    () =>
      `seed ${SEED}, kill ${kill}: back to ${JSON.stringify(baseline)}, not ` +
      `${JSON.stringify(footprint(doorbell.pid))}: ${fdTargets(doorbell.pid).join(' ')}`,
    () => JSON.stringify(footprint(doorbell.pid)) === JSON.stringify(baseline),
    10_000,
  );
}

/** A first session has made every thread and connection that stays. */
async function settled(): Promise<Footprint> {
  await doorbell.untilState('lost');
  await sleep(200);
  return footprint(doorbell.pid);
}

describe.skipIf(isMissing('qemu'))(titled('QEMU killed', 'qemu'), () => {
  it(
    `at ${QEMU_KILLS} random moments from its start to traffic over the mapped page`,
    { timeout: 1_200_000 },
    async () => {
      const life = async (milliseconds: number): Promise<void> => {
        const ended = sleep(milliseconds).then(() => bench.stop('qemu'));
        try {
          const nic = await QtestNic.start(bench, { socket: doorbell.socket });
          await nic.startDriver();
          for (;;) await nic.ping();
        } catch (error) {
          if (!(error instanceof Error)) throw error;
        }
        await ended;
      };
      await life(1500);
      const baseline = await settled();
      for (let kill = 0; kill < QEMU_KILLS; kill++) {
        await life(50 + random(450));
        await backTo(baseline, kill);
      }
      const nic = await QtestNic.start(bench, { socket: doorbell.socket });
      await nic.startDriver();
      await doorbell.untilQueue('mapped', 1, (queue) => queue.phase === 'mapped');
      await nic.ping();
    },
  );
});

describe('the reference front-end killed', () => {
  it(
    `at ${VMM_KILLS} random moments, eight queues streaming over mapped pages`,
    { timeout: 1_200_000 },
    async () => {
      await bench.stop('doorbell');
      doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated'], ['--queue-pairs', '4']);
      const script = bench.path('vmm-process.mjs');
      await build({
        entryPoints: [join(root, 'tests/peers/drivers/vmm-process.ts')],
        outfile: script,
        bundle: true,
        platform: 'node',
        format: 'esm',
        logLevel: 'error',
      });
      const life = async (milliseconds: number | null): Promise<void> => {
        const child = bench.start('vmm', process.execPath, [script, root, doorbell.socket]);
        if (milliseconds === null) {
          await child.saw(/streaming/);
          for (const { index } of (await doorbell.snapshot()).queues)
            await doorbell.untilQueue('mapped', index, (queue) => queue.phase === 'mapped');
        } else await sleep(milliseconds);
        await child.end();
      };
      await life(null);
      const baseline = await settled();
      for (let kill = 0; kill < VMM_KILLS; kill++) {
        await life(50 + random(250));
        await backTo(baseline, kill);
      }
      await life(null);
    },
  );
});

describe.skipIf(isMissing('testpmd'))(titled('testpmd killed', 'testpmd'), () => {
  it(`at ${TESTPMD_KILLS} random moments under full load`, { timeout: 1_200_000 }, async () => {
    const life = async (milliseconds: number): Promise<void> => {
      const frontEnd = Testpmd.frontEnd(bench, doorbell.socket, { mode: 'txonly' });
      await frontEnd.ready();
      frontEnd.child.write('start\n');
      await sleep(milliseconds);
      await frontEnd.child.end();
    };
    await life(1000);
    const baseline = await settled();
    for (let kill = 0; kill < TESTPMD_KILLS; kill++) {
      await life(random(300));
      await doorbell.untilState('lost');
      await backTo(baseline, kill);
    }
    expect(doorbell.child.ended).toBeUndefined();
  });
});
