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
import { SECOND, vfio } from './functions.ts';

async function served(bench: Bench, address: string): Promise<Doorbell> {
  return Doorbell.serve(bench, ['vm0'], ['--accelerator', `vfio:${address}`]);
}

async function accelerator(doorbell: Doorbell): Promise<AcceleratorSnapshot> {
  const { accelerators } = await doorbell.ask('status.get', {});
  const [only] = accelerators;
  assert.ok(only !== undefined);
  return only;
}

const groupOf = (address: string): string =>
  basename(readlinkSync(`/sys/bus/pci/devices/${address}/iommu_group`));

export const noPermission: Case = async (bench) => {
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const { code, output } = await vfio(bench, ['show', SECOND], nobody);
  assert.equal(code, 3);
  assert.match(output, /No permission for \/dev\/vfio\/\d+/);
  assert.match(output, /chown/);
  return undefined;
};

export const busyGroup: Case = async (bench) => {
  const held = await open(`/dev/vfio/${groupOf(SECOND)}`, 'r+');
  const doorbell = await served(bench, SECOND);
  const { usable, problem } = await accelerator(doorbell);
  assert.equal(usable, false);
  assert.match(problem?.message ?? '', new RegExp(`held by pid ${process.pid} `));
  await held.close();
  await until('usable once it was let go of', async () => (await accelerator(doorbell)).usable);
  return problem?.message;
};
