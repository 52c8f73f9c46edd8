/** The rfc2018 dialect with the group's real file, against our own front-end. */
import { strict as assert } from 'node:assert';
import { GUEST_SAMPLE_FIELDS } from '../../../main/addon/surface.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import type { Case } from './cases.ts';
import { connectVmm, must, THIRD, untilPhase } from './functions.ts';

const QUEUES = [0, 1];
const TX = 1;

export const sendsTheGroup: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,dialect=rfc2018,desired=accelerated'],
    ['--accelerator', `vfio:${THIRD}`],
  );
  const vmm = await connectVmm(bench, doorbell.socket, { dialect: 'rfc2018' });
  must(await vmm.start());
  for (const index of QUEUES) await untilPhase(doorbell, index, 'mapped');
  const { queues } = vmm.snapshot();
  const groups = queues.map(({ group }) => group);
  assert.ok(groups[0] !== null && groups[0] === groups[1], `one group for both queues: ${groups.join(', ')}`);
  assert.ok(
    queues.every(({ area }) => area?.mapped === true),
    'both areas are mapped',
  );

  const field = (name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
    vmm.guest?.sample()[GUEST_SAMPLE_FIELDS.indexOf(name)] ?? 0;
  const before = await doorbell.liveQueue(TX);
  vmm.guest?.run({ kind: 'stream', rate: 200 });
  const after = await doorbell.untilQueue('served by the device', TX, ({ counters, evidence }) => {
    return (counters.deviceDescriptors ?? 0) >= 50 && evidence === 3;
  });
  assert.ok(field('doorbells') > 0, 'the guest stored to the area');
  assert.equal(after.counters.kicks, before.counters.kicks);
  assert.equal(after.counters.engineDescriptors, 0);
  await vmm.guest?.drain(2000);

  const held = await doorbell.snapshot();
  assert.equal(held.queues[TX]?.group?.holders, 2);
  await doorbell.wish(0, 'software');
  await untilPhase(doorbell, 0, 'software');
  await until('one queue deleted its group', () => vmm.snapshot().queues[0]?.group === null);
  assert.ok(vmm.snapshot().queues[TX]?.group !== null, 'the other one still has it');
  vmm.disconnect();
  await until('the group is released with the connection', () =>
    vmm.snapshot().queues.every(({ group, area }) => group === null && area === null),
  );
  return `group ${String(groups[0])}`;
};
