/** The network behind a function, as the guest's front-end hears of it: in the configuration of its device. */
import { strict as assert } from 'node:assert';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import { askHost } from '../host-requests.ts';
import type { Case } from './cases.ts';
import { connectVmm, FIRST, FIRST_MAC, must, PATIENCE_MS, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;

export const forwardsTheLink: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    [`vm0,uplink=${FIRST},config=on`],
    ['--accelerator', `vfio:${FIRST}`],
  );
  const vmm = await connectVmm(bench, doorbell.socket);
  const told: string[] = [];
  vmm.onEvent((event) => {
    if (event.kind === 'config') told.push(event.link ?? 'unknown');
  });
  const changes = async (): Promise<void> => {
    for (const link of ['down', 'up'] as const) {
      askHost({ kind: 'set-link', nic: 0, up: link === 'up' });
      await until(
        () => `the front-end was told ${link}: ${told.join()}`,
        () => Promise.resolve(vmm.snapshot().config?.link === link),
        PATIENCE_MS,
      );
    }
  };

  must(await vmm.start());
  assert.deepEqual(vmm.snapshot().config, { mac: FIRST_MAC, link: 'up', queuePairs: null, mtu: null });
  await until(
    'in software through the function',
    async () => (await doorbell.snapshot()).uplink?.connected === true,
    PATIENCE_MS,
  );
  await changes();

  for (const index of [RX, TX]) await doorbell.wish(index, 'accelerated');
  must(await vmm.reset());
  must(await vmm.start());
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  await changes();

  assert.deepEqual(told, ['down', 'up', 'down', 'up']);
  return undefined;
};
