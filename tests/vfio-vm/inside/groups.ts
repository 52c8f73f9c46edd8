/** Who holds which group, step by step; one guest's memory a group; what is left of an engine that was killed. */
import { strict as assert } from 'node:assert';
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { FIRST, PATIENCE_MS, SECOND, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
const BOTH = ['--accelerator', `vfio:${FIRST}`, '--accelerator', `vfio:${SECOND}`];

async function holders(doorbell: Doorbell, id: string): Promise<readonly string[]> {
  const { accelerators } = await doorbell.ask('status.get', {});
  const group = accelerators.find((one) => one.id === id)?.group ?? null;
  return group === null ? [] : [...group.holders].sort();
}

async function accelerate(doorbell: Doorbell, session: string, index: number, id: string): Promise<void> {
  await doorbell.ask('queue.set', { session, index, desired: 'accelerated', accelerator: id });
}

/** A machine whose rings begin at 0, ready to be handed over. */
async function machine(bench: Bench, doorbell: Doorbell, socket: number): Promise<QtestNic> {
  const guest = await QtestNic.start(bench, { socket: doorbell.sockets[socket] ?? '' });
  await guest.startDriver();
  return guest;
}

export const countsHolders: Case = async (bench) => {
  const doorbell = await Doorbell.serve(bench, ['vm0', 'vm1'], BOTH);
  await accelerate(doorbell, 'vm0', TX, FIRST);
  await accelerate(doorbell, 'vm0', RX, FIRST);
  const first = await machine(bench, doorbell, 0);
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  assert.deepEqual(await holders(doorbell, FIRST), ['vm0/0', 'vm0/1']);
  assert.deepEqual(await holders(doorbell, SECOND), []);

  // IOVA = guest physical: the same addresses mean other memory in another guest.
  await accelerate(doorbell, 'vm1', TX, FIRST);
  // Its machine has the same names for its sockets, so it needs a place of its own.
  const place = new Bench();
  bench.atEnd(() => void place.end());
  const second = await machine(place, doorbell, 1);
  const refused = await doorbell.untilQueue(
    'refused',
    TX,
    ({ reason }) => reason !== null,
    'vm1',
    PATIENCE_MS,
  );
  assert.equal(refused.reason?.code, 'accelerator-busy');
  assert.match(refused.reason.message, /vm0\//);

  await accelerate(doorbell, 'vm1', TX, SECOND);
  await second.startDriver();
  await untilPhase(doorbell, TX, 'mapped', 'vm1');
  assert.deepEqual(await holders(doorbell, SECOND), ['vm1/1']);

  await doorbell.wish(TX, 'software');
  await untilPhase(doorbell, TX, 'software');
  assert.deepEqual(await holders(doorbell, FIRST), ['vm0/0']);
  await doorbell.wish(RX, 'software');
  await untilPhase(doorbell, RX, 'software');
  assert.deepEqual(await holders(doorbell, FIRST), []);
  assert.deepEqual(await holders(doorbell, SECOND), ['vm1/1'], 'the other group is not concerned');
  await second.child.end();
  await until('its group is free', async () => (await holders(doorbell, SECOND)).length === 0);
  await first.ping();
  return refused.reason.message;
};

export const engineKilled: Case = async (bench) => {
  const one = await Doorbell.serve(bench, ['vm0,desired=accelerated'], ['--accelerator', `vfio:${FIRST}`]);
  const guest = await machine(bench, one, 0);
  await untilPhase(one, TX, 'mapped');
  one.child.kill('SIGKILL');
  await one.child.exit();

  // The page that QEMU maps keeps the device open.
  const other = await Doorbell.serve(bench, ['vm1'], ['--accelerator', `vfio:${FIRST}`]);
  const state = async (): Promise<AcceleratorSnapshot> => {
    const [only] = (await other.ask('status.get', {})).accelerators;
    assert.ok(only !== undefined);
    return only;
  };
  const held = (await state()).problem?.message ?? '';
  const mapped = new RegExp(`held by pid ${guest.child.pid} `);
  if (held !== '') assert.match(held, mapped);
  await guest.child.end();
  const began = Date.now();
  await until('the group is free', async () => (await state()).usable, 5000);
  return `${held}; free ${Date.now() - began} ms after the front-end ended`;
};
