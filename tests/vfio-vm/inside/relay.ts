/** Where no page reaches the guest the device serves the ring all the same, and the engine turns kicks into stores. */
import { strict as assert } from 'node:assert';
import type { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import { markedFrame } from '../marked-frame.ts';
import type { Case } from './cases.ts';
import { FIRST, SHARED_PAGE } from './functions.ts';

const TX = 1;

async function relayed(bench: Bench, address: string, pagePerVq: boolean, reason: string): Promise<string> {
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,desired=accelerated'],
    ['--accelerator', `vfio:${address}`],
  );
  const guest = await QtestNic.start(bench, { socket: doorbell.socket, pagePerVq });
  await guest.startDriver();
  const before = await doorbell.untilQueue(
    'relayed with the reason',
    TX,
    (queue) => queue.phase === 'relay' && queue.reason?.code === reason,
    'vm0',
    20_000,
  );
  for (let number = 0; number < 4; number++)
    await guest.send(markedFrame(guest.station.mac, 'relay', number));
  await until('the device used them', async () => (await guest.tx.usedIndex()) === 4);
  const after = await doorbell.untilQueue('proven', TX, ({ evidence }) => evidence === 3);
  assert.ok((after.counters.kicks ?? 0) > (before.counters.kicks ?? 0), 'kicks came');
  assert.equal(after.counters.deviceDescriptors, 4);
  assert.equal(after.counters.engineDescriptors, 0);
  return after.reason?.message ?? '';
}

export const frontEndRefuses: Case = (bench) => relayed(bench, FIRST, false, 'page-refused');

export const deviceHasNoPage: Case = (bench) => relayed(bench, SHARED_PAGE, true, 'page-not-offered');
