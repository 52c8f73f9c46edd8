/** An engine that is no root: it owns the group's file and may pin as much as its memlock limit says. */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chownSync, readFileSync } from 'node:fs';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { connectVmm, groupOf, must, NO_RING_RESET, NOBODY, PATIENCE_MS, untilPhase } from './functions.ts';

const TX = 1;
const SOME = 20;
/** More than the guest of this case has. */
const ENOUGH_BYTES = 64 << 20;
const TOO_LITTLE_BYTES = 64 << 10;

/** What counts against the memlock limit of a process. */
function pinnedKib(pid: number): number {
  const [, kib] = /^VmLck:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kib);
}

export const servesAsUser: Case = async (bench) => {
  chownSync(bench.directory, NOBODY, NOBODY);
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,desired=accelerated'],
    ['--accelerator', `vfio:${NO_RING_RESET}`],
    [
      'prlimit',
      `--memlock=${ENOUGH_BYTES}`,
      'setpriv',
      `--reuid=${NOBODY}`,
      `--regid=${NOBODY}`,
      '--clear-groups',
    ],
  );
  const file = `/dev/vfio/${groupOf(NO_RING_RESET)}`;
  const accelerator = async () => (await doorbell.ask('status.get', {})).accelerators[0];
  const problem = (await accelerator())?.problem;
  assert.equal(problem?.message, `No permission for ${file}`);
  assert.equal(problem.remedy, `Give it to the user of Doorbell: chown $USER ${file}`);
  chownSync(file, NOBODY, NOBODY);
  bench.atEnd(() => {
    chownSync(file, 0, 0);
  });
  await until('usable after that', async () => (await accelerator())?.usable, PATIENCE_MS);

  // The engine's own, as long as it has the device.
  const ownKib = pinnedKib(doorbell.pid);
  const vmm = await connectVmm(bench, doorbell.socket);
  must(await vmm.start());
  await untilPhase(doorbell, TX, 'mapped');
  vmm.guest?.run({ kind: 'stream', rate: 200 });
  const served = async () => (await doorbell.liveQueue(TX)).counters.deviceDescriptors ?? 0;
  await until('the device serves', async () => (await served()) > SOME, PATIENCE_MS);
  assert.ok(pinnedKib(doorbell.pid) > ownKib, 'the guest is pinned');

  execFileSync('prlimit', [`--pid=${doorbell.pid}`, `--memlock=${TOO_LITTLE_BYTES}`]);
  must(await vmm.reset());
  // A start that is faster than the release finds the memory mapped still, and pins nothing.
  await until('the guest is unpinned', () => pinnedKib(doorbell.pid) === ownKib, PATIENCE_MS);
  must(await vmm.start());
  const { phase, reason } = await doorbell.untilQueue(
    'refused',
    TX,
    (queue) => queue.phase === 'software' && queue.reason !== null,
    'vm0',
    PATIENCE_MS,
  );
  assert.equal(phase, 'software');
  assert.match(reason?.message ?? '', /memlock limit is 64 KiB/);
  return reason?.message;
};
