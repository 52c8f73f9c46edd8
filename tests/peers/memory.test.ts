/** Guest memory in the shapes that virtual machines have it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { hugePages, isMissing, titled } from './drivers/manifest.ts';
import { QtestNic } from './drivers/qtest-nic.ts';

const GIB = 2 ** 30;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench);
});
afterEach((context) => endBench(bench, context));

/** Echoes by both owners. */
async function servedByBoth(nic: QtestNic): Promise<void> {
  for (let echo = 0; echo < 3; echo++) await nic.ping();
  await doorbell.mustSet('all', 'accelerated');
  for (let echo = 0; echo < 3; echo++) await nic.ping();
  await doorbell.mustSet('all', 'software');
  for (let echo = 0; echo < 3; echo++) await nic.ping();
}

describe.skipIf(isMissing('qemu'))(titled('guest memory', 'qemu'), () => {
  const huge = hugePages >= 64;
  it.skipIf(!huge)(huge ? 'on huge pages' : 'on huge pages (skipped: huge pages)', async () => {
    const nic = await QtestNic.start(
      bench,
      { socket: doorbell.socket },
      {
        memory: [
          '-m',
          '64',
          '-object',
          'memory-backend-memfd,id=mem0,size=64M,share=on,hugetlb=on,hugetlbsize=2M',
          '-numa',
          'node,memdev=mem0',
        ],
      },
    );
    await nic.startDriver();
    await servedByBoth(nic);
  });

  it('in a file', async () => {
    const nic = await QtestNic.start(
      bench,
      { socket: doorbell.socket },
      {
        memory: [
          '-m',
          '64',
          '-object',
          `memory-backend-file,id=mem0,size=64M,share=on,mem-path=${bench.path('ram')}`,
          '-numa',
          'node,memdev=mem0',
        ],
      },
    );
    await nic.startDriver();
    await servedByBoth(nic);
  });

  it('above 4 GiB, beyond the hole for PCI', async () => {
    const nic = await QtestNic.start(
      bench,
      { socket: doorbell.socket },
      { mebibytes: 5120, rings: 4 * GIB + 0x10_0000 },
    );
    await nic.startDriver();
    const { memory } = await doorbell.snapshot();
    expect(memory?.regions.some(({ guestAddress }) => BigInt(guestAddress) >= 4n * BigInt(GIB))).toBe(true);
    await servedByBoth(nic);
  });

  it('of two nodes', async () => {
    const nodes = ['mem0', 'mem1'].flatMap((id) => [
      '-object',
      `memory-backend-memfd,id=${id},size=64M,share=on`,
      '-numa',
      `node,memdev=${id}`,
    ]);
    const nic = await QtestNic.start(
      bench,
      { socket: doorbell.socket },
      { memory: ['-m', '128', ...nodes], rings: 96 * 2 ** 20 },
    );
    await nic.startDriver();
    await servedByBoth(nic);
  });
});
