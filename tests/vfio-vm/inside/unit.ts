/** A function without RING_RESET: its queues start alone and stop together. */
import { strict as assert } from 'node:assert';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { connectVmm, must, NO_RING_RESET, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
const SOME = 20;
const TO_SOFTWARE = { session: 'vm0', index: TX, desired: 'software', accelerator: null } as const;

export const stopsTogether: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,desired=accelerated'],
    ['--accelerator', `vfio:${NO_RING_RESET}`],
  );
  const vmm = await connectVmm(bench, doorbell.socket);
  must(await vmm.start());
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  vmm.guest?.run({ kind: 'stream', rate: 200 });
  const counters = async () => (await doorbell.liveQueue(TX)).counters;
  await until('the device serves', async () => ((await counters()).deviceDescriptors ?? 0) > SOME);

  let refusal = '';
  await assert.rejects(doorbell.ask('queue.set', TO_SOFTWARE), (error: Error) => {
    refusal = error.message;
    return /takes-siblings: .*vm0\/0/.test(refusal);
  });
  for (const index of [RX, TX]) assert.equal((await doorbell.liveQueue(index)).phase, 'mapped');
  await doorbell.ask('queue.set', { ...TO_SOFTWARE, siblings: true });
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'software');
  await until('the engine serves', async () => ((await counters()).engineDescriptors ?? 0) > SOME);
  await vmm.guest?.drain(200);
  const { availIdx, usedIdx, reason } = await doorbell.liveQueue(TX);
  assert.equal(availIdx, usedIdx, 'nothing was left behind');
  assert.equal(reason, null);
  return refusal;
};
