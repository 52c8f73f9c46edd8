/** What is left of an engine that was killed. */
import { strict as assert } from 'node:assert';
import type { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { FIRST } from './functions.ts';

const TX = 1;

/** A machine whose rings begin at 0, ready to be handed over. */
async function machine(bench: Bench, doorbell: Doorbell, socket: number): Promise<QtestNic> {
  const guest = await QtestNic.start(bench, { socket: doorbell.sockets[socket] ?? '' });
  await guest.startDriver();
  return guest;
}

export const engineKilled: Case = async (bench) => {
  const one = await Doorbell.serve(bench, ['vm0,desired=accelerated'], ['--accelerator', `vfio:${FIRST}`]);
  const guest = await machine(bench, one, 0);
  await one.untilQueue('mapped', TX, ({ phase }) => phase === 'mapped');
  one.child.kill('SIGKILL');
  await one.child.exit();

  // The page that QEMU maps keeps the device open.
  const other = await Doorbell.serve(bench, ['vm1'], ['--accelerator', `vfio:${FIRST}`]);
  const state = async () => (await other.ask('status.get', {})).accelerators[0];
  const held = (await state())?.problem?.message ?? '';
  const mapped = new RegExp(`held by pid ${guest.child.pid} `);
  if (held !== '') assert.match(held, mapped);
  await guest.child.end();
  const began = Date.now();
  await until('the group is free', async () => (await state())?.usable === true, 5000);
  return `${held}; free ${Date.now() - began} ms after the front-end ended`;
};
