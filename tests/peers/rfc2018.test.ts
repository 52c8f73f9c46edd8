/** Stock QEMU before an rfc2018 endpoint: it takes bit 8 for PAGEFAULT, and its answer to the first group tells. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QtestNic } from './drivers/qtest-nic.ts';

const RX = 0;
const TX = 1;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench, ['vm0,dialect=rfc2018,desired=accelerated']);
});
afterEach((context) => endBench(bench, context));

describe.skipIf(isMissing('qemu'))(titled('stock QEMU on an rfc2018 endpoint', 'qemu'), () => {
  it('refuses the first group: the session stays in software, says why, and is not asked again', async () => {
    const guest = await QtestNic.start(bench, { socket: doorbell.socket });
    await guest.startDriver();
    for (const queue of [RX, TX])
      await doorbell.untilQueue('refused', queue, (now) => now.reason?.code === 'dialect-unsupported');
    expect(await doorbell.queue(TX)).toMatchObject({
      phase: 'software',
      desired: 'accelerated',
      group: null,
    });
    for (let echo = 0; echo < 3; echo++) await guest.ping();
    const { code } = await doorbell.set(TX, 'accelerated');
    expect(code).toBe(3);
    expect((await doorbell.queue(TX)).reason?.code).toBe('dialect-unsupported');
    // The guest starts its device again within the same session.
    await guest.startDriver();
    await guest.ping();
    expect(await doorbell.queue(TX)).toMatchObject({
      phase: 'software',
      reason: { code: 'dialect-unsupported' },
    });
  });
});
