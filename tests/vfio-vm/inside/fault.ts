/** A device that fails: it says so by its configuration's interrupt, and everything comes back from it. */
import { strict as assert } from 'node:assert';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { FIRST, PATIENCE_MS, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
/** Beyond the ring: QEMU's device takes that for the end of the driver and asks for a reset. */
const NO_DESCRIPTOR = 0x7fff;

export const deviceFails: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    [`vm0,desired=accelerated,uplink=${FIRST}`],
    ['--accelerator', `vfio:${FIRST}`],
  );
  const guest = await QtestNic.start(bench, { socket: doorbell.socket });
  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  await guest.tx.publish(NO_DESCRIPTOR);
  await guest.pci.notify(TX);
  const rx = await doorbell.untilQueue('back', RX, ({ phase }) => phase === 'software', 'vm0', PATIENCE_MS);
  assert.equal(rx.reason?.code, 'device-fault');
  // The engine finds in the ring what the device found.
  await doorbell.untilQueue('broken', TX, ({ started }) => !started, 'vm0', PATIENCE_MS);
  await until(
    'its network is there again',
    async () => (await doorbell.snapshot()).uplink?.connected === true,
    PATIENCE_MS,
  );

  // A guest that begins anew has the device again.
  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  await guest.ping();
  return rx.reason.message;
};
