/** Who holds which group, step by step; one guest's memory a group; what is left of an engine that was killed. */
import { strict as assert } from 'node:assert';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { AcceleratorSnapshot } from '../../../app/contract/snapshot.ts';
import { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import { markedFrame } from '../marked-frame.ts';
import type { Case } from './cases.ts';
import { connectVmm, FIRST, groupOf, must, PATIENCE_MS, SECOND, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
/** Of the kernel, from the front-end's unmapping on: the reset of the device included. */
const FREED_WITHIN_MS = 1000;
const BOTH = ['--accelerator', `vfio:${FIRST}`, '--accelerator', `vfio:${SECOND}`];

async function holders(doorbell: Doorbell, id: string): Promise<readonly string[]> {
  const { accelerators } = await doorbell.ask('status.get', {});
  const group = accelerators.find((one) => one.id === id)?.group ?? null;
  return group === null ? [] : [...group.holders].sort();
}

async function accelerate(doorbell: Doorbell, session: string, index: number, id: string): Promise<void> {
  await doorbell.ask('queue.set', { session, index, desired: 'accelerated', accelerator: id });
}

/** Refused since the accelerator reaches the memory of another guest, whose queue the reason names. */
async function refusedFor(doorbell: Doorbell, session: string, holder: string): Promise<string> {
  const { reason } = await doorbell.untilQueue(
    'refused',
    TX,
    (queue) => queue.phase === 'software' && queue.reason?.code === 'accelerator-busy',
    session,
    PATIENCE_MS,
  );
  assert.match(reason?.message ?? '', new RegExp(holder));
  return reason?.message ?? '';
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
  const refused = await refusedFor(doorbell, 'vm1', 'vm0/');

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

  // Both have a queue of it reserved by now; who got it ready for a ring has it.
  await accelerate(doorbell, 'vm1', TX, FIRST);
  await until('the group changed hands', async () => (await holders(doorbell, FIRST)).join() === 'vm1/1');
  await accelerate(doorbell, 'vm1', TX, SECOND);
  await until('and is free again', async () => (await holders(doorbell, SECOND)).join() === 'vm1/1');
  await first.send(markedFrame(first.station.mac, 'software', 0));
  await until('its index is not 0', async () => (await first.tx.usedIndex()) === 1);
  await accelerate(doorbell, 'vm0', TX, FIRST);
  await doorbell.untilQueue('armed', TX, ({ step }) => step?.name === 'wrap', 'vm0', PATIENCE_MS);
  await accelerate(doorbell, 'vm1', TX, FIRST);
  await refusedFor(doorbell, 'vm1', 'vm0/1');
  await doorbell.wish(TX, 'software');
  await accelerate(doorbell, 'vm1', TX, SECOND);
  await untilPhase(doorbell, TX, 'mapped', 'vm1');
  await second.child.end();
  await until('its group is free', async () => (await holders(doorbell, SECOND)).length === 0);
  await first.ping();
  return refused;
};

/** Nobody has the group's file open, nor a device of it. */
function isFree(group: string): boolean {
  try {
    closeSync(openSync(`/dev/vfio/${group}`, 'r+'));
    return true;
  } catch {
    return false;
  }
}

/**
 * Milliseconds from the last look that found the page mapped by `pid` until the kernel gave the group away, which it
 * does after the device's reset, and until the engine that waits for it had it.
 */
async function freedAfter(
  pid: number,
  group: string,
  engineHasIt: () => Promise<boolean>,
): Promise<{ readonly byKernel: number; readonly byEngine: number }> {
  const since = (moment: number): number => Math.round((performance.now() - moment) * 10) / 10;
  let mappedAt = performance.now();
  const byKernel = await until(
    'the kernel frees the group',
    async () => {
      const looked = performance.now();
      if (readFileSync(`/proc/${pid}/maps`, 'utf8').includes('vfio-device')) mappedAt = looked;
      // The engine looks, too: it may have been faster.
      return isFree(group) || (await engineHasIt()) ? since(mappedAt) : null;
    },
    PATIENCE_MS,
    1,
  );
  await until('the engine has it', engineHasIt, PATIENCE_MS);
  return { byKernel, byEngine: since(mappedAt) };
}

export const engineKilled: Case = async (bench) => {
  const one = await Doorbell.serve(bench, ['vm0,desired=accelerated'], ['--accelerator', `vfio:${FIRST}`]);
  const guest = await machine(bench, one, 0);
  await untilPhase(one, TX, 'mapped');
  // A VMM that cannot unmap the page for now keeps the device open.
  guest.child.kill('SIGSTOP');
  one.child.kill('SIGKILL');
  await one.child.exit();

  const other = await Doorbell.serve(bench, ['vm1,desired=accelerated'], ['--accelerator', `vfio:${FIRST}`]);
  const state = async (): Promise<AcceleratorSnapshot> => {
    const [only] = (await other.ask('status.get', {})).accelerators;
    assert.ok(only !== undefined);
    return only;
  };
  const { usable, problem } = await state();
  assert.equal(usable, false);
  const held = new RegExp(`held by pid ${guest.child.pid} `);
  assert.match(problem?.message ?? '', held);
  // A guest that comes meanwhile is served, and its queues wait for the device.
  must(await (await connectVmm(bench, other.socket)).start());
  const waiting = await other.untilQueue('waiting', TX, ({ reason }) => reason !== null, 'vm1', PATIENCE_MS);
  assert.equal(waiting.phase, 'software');
  assert.match(waiting.reason?.message ?? '', held);
  const group = groupOf(FIRST);
  guest.child.kill('SIGCONT');
  const freed = await freedAfter(guest.child.pid, group, async () => (await state()).usable);
  assert.ok(freed.byKernel <= FREED_WITHIN_MS, `the kernel took ${freed.byKernel} ms`);
  await untilPhase(other, TX, 'mapped', 'vm1');
  return `${problem?.message ?? ''}; after the front-end unmapped the page the kernel had reset and freed it within ${freed.byKernel} ms, the engine had it after ${freed.byEngine} ms`;
};
