/** A queue that starts on the device: QEMU maps the device's page into its machine, whose stores reach the device. */
import { strict as assert } from 'node:assert';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import { STORES, markedFrame } from '../marked-frame.ts';
import type { Case } from './cases.ts';
import { FIRST, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;

export const startsMapped: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,desired=accelerated'],
    ['--accelerator', `vfio:${FIRST}`],
  );
  const guest = await QtestNic.start(bench, { socket: doorbell.socket });
  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');

  const before = await doorbell.liveQueue(TX);
  for (let number = 0; number < STORES; number++)
    await guest.send(markedFrame(guest.station.mac, 'passthru', number));
  await until('the device used them all', async () => (await guest.tx.usedIndex()) === STORES);
  const after = await doorbell.untilQueue('proven', TX, ({ evidence }) => evidence === 3);
  assert.equal(after.counters.kicks, before.counters.kicks, 'no kick came');
  assert.equal(after.counters.engineDescriptors, 0, 'the engine served nothing');
  assert.equal(after.counters.calls, 0, 'the engine signalled nothing');
  assert.equal(after.counters.doorbells, null, 'nobody counts the stores');
  // VFIO wrote the front-end's own eventfd: QEMU raised the interrupt for it.
  assert.equal(await guest.pci.interruptStatus(), 1, 'the front-end was interrupted');

  // Both ways: the network behind the function answers into the guest's buffers.
  for (let echo = 0; echo < 3; echo++) await guest.ping();
  const rx = await doorbell.liveQueue(RX);
  assert.equal(rx.counters.engineDescriptors, 0);
  assert.ok((rx.counters.deviceDescriptors ?? 0) >= 3);
  const { accelerators } = await doorbell.ask('status.get', {});
  assert.deepEqual(accelerators[0]?.group?.holders, ['vm0/0', 'vm0/1']);
  return `used ${String(after.usedIdx)}, kicks ${String(after.counters.kicks)}`;
};
