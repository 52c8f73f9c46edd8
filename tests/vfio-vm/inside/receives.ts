/** Which frames of its network a function takes: all while nobody knows the guest's address, then those for it alone. */
import { strict as assert } from 'node:assert';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { arpReplyMac, arpRequest, type Station } from '../../peers/drivers/frames.ts';
import { QtestNic } from '../../peers/drivers/qtest-nic.ts';
import { until } from '../../peers/drivers/wait.ts';
import { markedFrame } from '../marked-frame.ts';
import type { Case } from './cases.ts';
import { FIRST, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
const GATEWAY = '10.0.0.1';
/** Somebody else, for whom the guest asks: the answer is addressed to that one. */
const OTHER: Station = { mac: '52:54:00:00:00:99', ip: '10.0.0.3' };
const isForOther = (frame: Buffer): boolean => frame.subarray(0, 6).toString('hex') === '525400000099';

export const takesFramesOf: Case = async (bench) => {
  const doorbell = await Doorbell.serve(
    bench,
    ['vm0,desired=accelerated'],
    ['--accelerator', `vfio:${FIRST}`],
  );
  const receives = async () =>
    (await doorbell.ask('status.get', {})).accelerators[0]?.hardware?.receives ?? null;
  const guest = await QtestNic.start(bench, { socket: doorbell.socket });
  assert.equal(await receives(), null, 'it serves nobody');

  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  assert.deepEqual(await receives(), { kind: 'everything', mac: null, source: null, problem: null });
  await guest.send(arpRequest(OTHER, GATEWAY));
  await guest.receive((frame) => (isForOther(frame) ? arpReplyMac(frame, GATEWAY) : undefined));

  for (const index of [RX, TX]) await doorbell.wish(index, 'software');
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'software');
  await guest.send(markedFrame(guest.station.mac, 'software', 0));
  await until('it was sent', async () => (await guest.tx.usedIndex()) === guest.tx.offered);

  for (const index of [RX, TX]) await doorbell.wish(index, 'accelerated');
  await guest.startDriver();
  for (const index of [RX, TX]) await untilPhase(doorbell, index, 'mapped');
  const own = { kind: 'address', mac: guest.station.mac, source: 'learned', problem: null };
  assert.deepEqual(await receives(), own);
  await guest.send(arpRequest(OTHER, GATEWAY));
  await guest.send(arpRequest(guest.station, GATEWAY));
  // The network answers in order.
  const seen: boolean[] = [];
  await guest.receive((frame) => {
    const answers = arpReplyMac(frame, GATEWAY);
    if (answers !== undefined) seen.push(isForOther(frame));
    return answers !== undefined && !isForOther(frame) ? answers : undefined;
  });
  assert.deepEqual(seen, [false], 'the other’s answer was not taken');
  return undefined;
};
