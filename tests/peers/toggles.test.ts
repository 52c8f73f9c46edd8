/**
 * Fast changes against QEMU, which aborts if a mapping is removed a second time before it unmapped the first:
 * the hold before re-mapping keeps it alive whatever the operator and the guest do.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { processState } from './drivers/proc.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import { random, SEED } from './drivers/random.ts';
import { sleep, until } from './drivers/wait.ts';

const soak = process.env.DOORBELL_SOAK !== undefined;
const TX = 1;

let bench: Bench;
let doorbell: Doorbell;
let nic: QtestNic;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench);
  nic = await QtestNic.start(bench, { socket: doorbell.socket });
  await nic.startDriver();
  await nic.ping();
});
afterEach((context) => endBench(bench, context));

const reached = (desired: 'software' | 'accelerated') =>
  doorbell.untilQueue(desired, TX, (queue) =>
    desired === 'software' ? queue.phase === 'software' : queue.phase === 'mapped' && queue.evidence >= 1,
  );

describe.skipIf(isMissing('qemu'))(titled('QEMU under fast toggles', 'qemu'), () => {
  it(`${soak ? 600 : 60} toggles of one queue, each with traffic`, { timeout: 600_000 }, async () => {
    for (let toggle = 0; toggle < (soak ? 600 : 60); toggle++) {
      const desired = toggle % 2 === 0 ? 'accelerated' : 'software';
      await doorbell.wish(TX, desired);
      await reached(desired);
      await nic.ping();
    }
    expect(nic.child.ended).toBeUndefined();
  });

  it('wishes that change faster than they can be carried out', async () => {
    for (let wish = 0; wish < 200; wish++) {
      await doorbell.wish(TX, wish % 2 === 0 ? 'accelerated' : 'software');
      if (wish % 7 === 0) await nic.ping();
    }
    await reached('software');
    await nic.ping();
    expect(nic.child.ended).toBeUndefined();
  });

  it('guest resets at random moments in the 60 ms around the removal', { timeout: 600_000 }, async () => {
    console.log(`resets around the removal: seed ${SEED}`);
    for (let reset = 0; reset < (soak ? 200 : 40); reset++) {
      await doorbell.wish(TX, 'accelerated');
      await reached('accelerated');
      const moment = random(60);
      if (reset % 2 === 0) {
        await doorbell.wish(TX, 'software');
        await sleep(moment);
        await nic.startDriver();
      } else {
        await nic.startDriver();
        await doorbell.wish(TX, 'software');
        await sleep(moment);
        await doorbell.wish(TX, 'accelerated');
      }
      await nic.ping();
      expect(nic.child.ended).toBeUndefined();
    }
  });

  it('QEMU stopped in mid-removal for 2 s, then continued', async () => {
    for (const pause of [0, 2, 4, 20]) {
      await doorbell.wish(TX, 'accelerated');
      await reached('accelerated');
      await doorbell.wish(TX, 'software');
      await sleep(pause);
      nic.child.kill('SIGSTOP');
      await until('QEMU is stopped', () => processState(nic.child.pid) === 'T');
      await doorbell.wish(TX, 'accelerated');
      await sleep(600);
      await doorbell.wish(TX, 'software');
      await sleep(900);
      await doorbell.wish(TX, 'accelerated');
      await sleep(500);
      nic.child.kill('SIGCONT');
      await reached('accelerated');
      await nic.ping();
      expect(nic.child.ended).toBeUndefined();
    }
  });
});
