/**
 * A guest whose network is the one behind the device: in software its frames pass a ring of the engine's own on the same
 * device, so that a toggle changes the path and not the network.
 */
import { strict as assert } from 'node:assert';
import { GUEST_SAMPLE_FIELDS } from '../../../main/addon/surface.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import { markedFrame, UPLINK_FRAMES } from '../marked-frame.ts';
import { askHost } from '../host-requests.ts';
import { uplinkFigures } from '../wrap-figures.ts';
import type { Case } from './cases.ts';
import { connectVmm, FIRST, FIRST_MAC, must, PATIENCE_MS, SECOND, untilPhase } from './functions.ts';

/** Of the guest that is driven by hand. */
const GUEST_MAC = '52:54:00:00:00:01';
const RX = 0;
const TX = 1;
const INDICES = 0x10000;
/** Descriptors before the wrap: fewer than the guest sends at once. Nobody answers it, so that it pauses then. */
const TO_GO = 100;
const RATE = 500;
/** Frames that each owner shall have. */
const SOME = 5;
const CYCLES = 2;

async function served(bench: Bench, address: string, options = ''): Promise<Doorbell> {
  return Doorbell.serve(bench, [`vm0,uplink=${address}${options}`], ['--accelerator', `vfio:${address}`]);
}

async function untilConnected(doorbell: Doorbell): Promise<void> {
  let last = '';
  await until(
    () => `the network behind the device is connected: ${last}`,
    async () => {
      const { uplink } = await doorbell.snapshot();
      last = JSON.stringify(uplink);
      return uplink?.connected === true;
    },
    PATIENCE_MS,
  );
}

async function hardware(doorbell: Doorbell) {
  const { accelerators } = await doorbell.ask('status.get', {});
  const { mac, link, receives } = accelerators[0]?.hardware ?? {};
  return { mac, link, receives };
}

/** Both ways, wherever the rings are: three echoes of the network behind the device, then frames into its capture. */
async function talk(guest: QtestNic, from: number): Promise<void> {
  for (let echo = 0; echo < 3; echo++) await guest.ping();
  for (let number = from; number < from + UPLINK_FRAMES; number++)
    await guest.send(markedFrame(guest.station.mac, 'uplink', number));
  await until('they were taken', async () => (await guest.tx.usedIndex()) === guest.tx.offered);
}

export const sameNetwork: Case = async (bench) => {
  const doorbell = await served(bench, FIRST, `,mac=${GUEST_MAC}`);
  const guest = await QtestNic.start(bench, { socket: doorbell.socket });
  await guest.startDriver();
  await untilConnected(doorbell);
  const receives = { kind: 'address', mac: GUEST_MAC, source: 'endpoint', problem: null };
  assert.deepEqual((await hardware(doorbell)).receives, receives);
  await talk(guest, 0);
  const inSoftware = await doorbell.liveQueue(TX);
  assert.equal(inSoftware.phase, 'software');
  assert.ok((inSoftware.counters.engineDescriptors ?? 0) >= UPLINK_FRAMES);
  assert.ok(((await doorbell.liveQueue(RX)).counters.engineDescriptors ?? 0) >= 3);
  const { network } = await doorbell.ask('status.get', {});
  assert.equal(network.sinkFrames + network.answered, 0, 'the switch saw nothing');

  for (const index of [RX, TX]) await doorbell.wish(index, 'accelerated');
  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  await talk(guest, UPLINK_FRAMES);
  const onDevice = await doorbell.liveQueue(TX);
  assert.equal(onDevice.counters.engineDescriptors, inSoftware.counters.engineDescriptors);

  // Back at any time, with the index that the device came to. One queue of it is the guest's then, one the engine's.
  const used = await guest.tx.usedIndex();
  await doorbell.wish(TX, 'software');
  await untilPhase(doorbell, TX, 'software');
  await talk(guest, 2 * UPLINK_FRAMES);
  await doorbell.wish(RX, 'software');
  await untilPhase(doorbell, RX, 'software');
  await talk(guest, 3 * UPLINK_FRAMES);
  const { counters } = await doorbell.liveQueue(TX);
  assert.equal(counters.deviceDescriptors, used);
  const byEngine = (counters.engineDescriptors ?? 0) - (inSoftware.counters.engineDescriptors ?? 0);
  assert.equal(byEngine, guest.tx.offered - used);
  const { drops } = await doorbell.ask('queue.statistics', { session: 'vm0', index: TX });
  assert.deepEqual(drops, {});

  // From here on the ring is not at its first index: it is armed and served on.
  await doorbell.wish(TX, 'accelerated');
  const armed = await doorbell.untilQueue('armed', TX, ({ step }) => step?.remaining != null);
  assert.equal(armed.phase, 'arming');
  assert.equal(armed.step?.name, 'wrap');
  assert.equal(armed.step.remaining, INDICES - guest.tx.offered);
  await guest.ping();

  assert.deepEqual(await hardware(doorbell), { mac: FIRST_MAC, link: 'up', receives });
  for (const link of ['down', 'up'] as const) {
    askHost({ kind: 'set-link', nic: 0, up: link === 'up' });
    await until(`the link is ${link}`, async () => (await hardware(doorbell)).link === link, PATIENCE_MS);
  }
  return `taken back at ${used}`;
};

export const wrapsOnOneNetwork: Case = async (bench) => {
  const doorbell = await served(bench, SECOND);
  const vmm = await connectVmm(bench, doorbell.socket, { freshBase: INDICES - TO_GO });
  const blackouts: number[] = [];
  const descriptors = async (by: 'deviceDescriptors' | 'engineDescriptors'): Promise<number> =>
    (await doorbell.liveQueue(TX)).counters[by] ?? 0;
  const untilMore = (by: 'deviceDescriptors' | 'engineDescriptors', than: number) =>
    until(`more ${by}`, async () => (await descriptors(by)) > than + SOME, PATIENCE_MS);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    must(await vmm.start());
    await untilConnected(doorbell);
    await doorbell.wish(TX, 'accelerated');
    const isArmed = ({ step }: QueueSnapshot) => step?.name === 'wrap' && step.remaining === TO_GO;
    await doorbell.untilQueue('armed', TX, isArmed, 'vm0', PATIENCE_MS);
    const before = await descriptors('deviceDescriptors');
    vmm.guest?.run({ kind: 'stream', rate: RATE });
    const mapped = await untilPhase(doorbell, TX, 'mapped');
    await untilMore('deviceDescriptors', before);
    const byEngine = await descriptors('engineDescriptors');
    await doorbell.wish(TX, 'software');
    const back = await untilPhase(doorbell, TX, 'software');
    await untilMore('engineDescriptors', byEngine);
    await vmm.guest?.drain(100);
    blackouts.push(...[mapped, back].map(({ blackoutNs }) => Math.round((blackoutNs ?? 0) / 1e5) / 10));
    must(await vmm.reset());
  }
  const sent = vmm.guest?.sample()[GUEST_SAMPLE_FIELDS.indexOf('sent')] ?? 0;
  const { drops } = await doorbell.ask('queue.statistics', { session: 'vm0', index: TX });
  assert.deepEqual(drops, {}, 'none of the guest’s frames was dropped');
  return uplinkFigures({ sent, byDevice: await descriptors('deviceDescriptors'), blackoutsMs: blackouts });
};
