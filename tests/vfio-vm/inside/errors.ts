/** What is wrong with a function is said together with what to do about it, and nothing is touched. */
import { strict as assert } from 'node:assert';
import { readlinkSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import type { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { bindQuickly, FEW_VECTORS, groupOf, SECOND, vfio } from './functions.ts';

const NOWHERE = '0000:00:1e.7';

const served = (bench: Bench, ...addresses: readonly string[]): Promise<Doorbell> =>
  Doorbell.serve(
    bench,
    ['vm0'],
    addresses.flatMap((address) => ['--accelerator', `vfio:${address}`]),
  );

async function accelerator(doorbell: Doorbell, id: string): Promise<AcceleratorSnapshot> {
  const { accelerators } = await doorbell.ask('status.get', {});
  const found = accelerators.find((one) => one.id === id);
  assert.ok(found !== undefined);
  return found;
}

async function told(doorbell: Doorbell, id: string): Promise<string> {
  const { usable, problem } = await accelerator(doorbell, id);
  assert.equal(usable, false);
  return `${problem?.message ?? ''} → ${problem?.remedy ?? ''}`;
}

export const unfitFunctions: Case = async (bench) => {
  const doorbell = await served(bench, NOWHERE, FEW_VECTORS);
  assert.match(await told(doorbell, NOWHERE), /No PCI function has the address .* → .*doorbell vfio list/);
  assert.match(await told(doorbell, FEW_VECTORS), /bound to virtio-pci → .*doorbell vfio bind 0000:00:13\.0/);
  const unbound = await vfio(bench, ['show', FEW_VECTORS]);
  assert.equal(unbound.code, 3);
  assert.match(unbound.output, /doorbell vfio bind/);
  assert.equal((await vfio(bench, ['show', '0000:00:zz.0'])).code, 2);
  // Not a step was taken: its driver still has it.
  const driver = (): string => basename(readlinkSync(`/sys/bus/pci/devices/${FEW_VECTORS}/driver`));
  assert.equal(driver(), 'virtio-pci');

  await bindQuickly(FEW_VECTORS);
  assert.equal(driver(), 'vfio-pci');
  await until('what only opening tells', async () =>
    /2 MSI-X vectors; 3 are needed → .*vectors=3/.test(await told(doorbell, FEW_VECTORS)),
  );
  return undefined;
};

export const busyGroup: Case = async (bench) => {
  const held = await open(`/dev/vfio/${groupOf(SECOND)}`, 'r+');
  const doorbell = await served(bench, SECOND);
  const { usable, problem } = await accelerator(doorbell, SECOND);
  assert.equal(usable, false);
  assert.match(problem?.message ?? '', new RegExp(`held by pid ${process.pid} `));
  await held.close();
  await until('usable once it was let go of', async () => (await accelerator(doorbell, SECOND)).usable);
  return problem?.message;
};
