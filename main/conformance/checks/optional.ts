/** Messages that come with protocol features: held to their rules where they are offered. */
import { frontendAddr, guestAddr } from '../../wire/address.ts';
import { protocolMask, type UpstreamFeature } from '../../wire/protocol-features.ts';
import { FRONTEND } from '../../wire/table/frontend.ts';
import { virtioMask } from '../../wire/virtio-features.ts';
import type { Bench } from '../bench.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { RAM_BYTES, RING_SIZE } from '../driver-ring.ts';
import { offers, offersVirtio } from '../facts.ts';
import { firstFailure, WHOLE_RAM, type FrontEnd } from '../front-end.ts';
import { finding, notApplicable, PASS, skip, verdictOf, type Step } from '../verdict.ts';

/** A front-end with this feature negotiated. */
async function withFeature(bench: Bench, feature: UpstreamFeature): Promise<Step<FrontEnd>> {
  if (!offers(bench.facts, feature)) return skip(`${feature} is not offered`);
  return bench.negotiated({ protocol: protocolMask(feature) });
}

const CAPACITY_BYTES = 8;
/** VHOST_USER_MAX_CONFIG_SIZE */
const CONFIG_BYTES = 256;
const STATUS_ACKNOWLEDGE_DRIVER = 3n;
/** ACKNOWLEDGE | DRIVER | FEATURES_OK | DRIVER_OK: some back-ends start nothing before. */
const STATUS_DRIVER_OK = 0xfn;
/** Bytes of a split queue's region: 16 of head, 16 a descriptor (DescStateSplit). */
const INFLIGHT_BYTES = 16 + 16 * RING_SIZE;

export const optionalChecks: readonly Check[] = [
  {
    id: 'get-config',
    title: 'GET_CONFIG is answered with as many bytes as were asked for',
    section: entryOf('GET_CONFIG'),
    rule: "The back-end's payload size MUST match the front-end's request; zero length is an error.",
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'CONFIG');
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      const request = { offset: 0, flags: 0, data: new Uint8Array(CAPACITY_BYTES) };
      const reply = await talk.ask('GET_CONFIG', request);
      if (!reply.ok) return reply.error;
      const { length } = reply.value.value.data;
      return length === CAPACITY_BYTES
        ? PASS
        : finding(`${CAPACITY_BYTES} bytes were asked for, ${length} came`);
    },
  },
  {
    id: 'get-config-beyond',
    title: 'GET_CONFIG beyond the configuration space is answered, at least by an error',
    section: entryOf('GET_CONFIG'),
    rule: 'A payload of zero length indicates an error; the front-end waits for an answer in any case.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'CONFIG');
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.send('GET_CONFIG', { offset: 0xf000, flags: 0, data: new Uint8Array(CONFIG_BYTES) });
      return verdictOf(await talk.reply(FRONTEND.GET_CONFIG.id));
    },
  },
  {
    id: 'set-config-read-only',
    title: 'SET_CONFIG of a read-only field (the capacity of a disk) is refused',
    section: entryOf('SET_CONFIG'),
    rule: 'Back-ends MUST NOT accept SET_CONFIG for read-only fields unless the live migration bit is set.',
    level: 'must',
    destructive: true,
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      if (device.value.name !== 'blk')
        return notApplicable('only a disk has a field that is read-only for certain');
      const frontEnd = await withFeature(bench, 'CONFIG');
      if (!frontEnd.ok) return frontEnd.error;
      const body = FRONTEND.SET_CONFIG.payload.encode({
        offset: 0,
        flags: 0,
        data: new Uint8Array(CAPACITY_BYTES),
      });
      const answer = await frontEnd.value.talk.refusal({ request: FRONTEND.SET_CONFIG.id, body });
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted' ? finding('A capacity of 0 was acknowledged as set') : PASS;
    },
  },
  {
    id: 'max-mem-slots',
    title: 'GET_MAX_MEM_SLOTS is answered with a u64 of at least 1',
    section: entryOf('GET_MAX_MEM_SLOTS'),
    rule: 'The reply has a u64 payload with the maximum number of memory slots.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'CONFIGURE_MEM_SLOTS');
      if (!frontEnd.ok) return frontEnd.error;
      const slots = await frontEnd.value.talk.ask('GET_MAX_MEM_SLOTS', null);
      if (!slots.ok) return slots.error;
      return slots.value.value >= 1n ? PASS : finding('The back-end says that it has no memory slot');
    },
  },
  {
    id: 'add-and-remove-region',
    title: 'ADD_MEM_REG and REM_MEM_REG change the table while a ring runs',
    section: entryOf('ADD_MEM_REG'),
    rule: 'Together they set and update the memory tables; a region is known by its addresses and size.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await withFeature(bench, 'CONFIGURE_MEM_SLOTS');
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const plugged = {
        guestAddress: guestAddr(RAM_BYTES),
        size: RAM_BYTES,
        frontendAddress: frontendAddr(0x7e00_0000_0000n),
        mmapOffset: 0n,
      };
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.talk.must('ADD_MEM_REG', WHOLE_RAM, [fe.ramFile()]),
        ...rings.map((index) => () => fe.startRing(index)),
        () => fe.work(device.value, fe.ring(workRing)),
        () => fe.talk.must('ADD_MEM_REG', plugged, [fe.memfd(RAM_BYTES)]),
        () => fe.work(device.value, fe.ring(workRing)),
        () => fe.talk.must('REM_MEM_REG', plugged),
      ]);
      return failed === null ? verdictOf(await fe.work(device.value, fe.ring(workRing))) : failed.error;
    },
  },
  {
    id: 'remove-unknown-region',
    title: 'REM_MEM_REG of a region that was not added is refused',
    section: entryOf('REM_MEM_REG'),
    rule: 'The region is identified by its guest address, user address and size.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'CONFIGURE_MEM_SLOTS');
      if (!frontEnd.ok) return frontEnd.error;
      const body = FRONTEND.REM_MEM_REG.payload.encode(WHOLE_RAM);
      const answer = await frontEnd.value.talk.refusal({ request: FRONTEND.REM_MEM_REG.id, body });
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted'
        ? finding('Removing what was never added was acknowledged with 0')
        : PASS;
    },
  },
  {
    id: 'inflight-buffer',
    title: 'GET_INFLIGHT_FD gives a file with room for every queue',
    section: SECTION.inflight,
    rule: 'The back-end allocates a buffer to track inflight descriptors and shares it; a region per queue.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'INFLIGHT_SHMFD');
      if (!frontEnd.ok) return frontEnd.error;
      const request = { mmapSize: 0n, mmapOffset: 0n, queues: 1, queueSize: RING_SIZE };
      const reply = await frontEnd.value.talk.ask('GET_INFLIGHT_FD', request);
      if (!reply.ok) return reply.error;
      const { value, fds } = reply.value;
      const size = fds[0]?.identity().size ?? null;
      for (const fd of fds) fd.close();
      if (fds.length !== 1) return finding(`${fds.length} fds came, one is needed`);
      if (value.mmapSize < BigInt(INFLIGHT_BYTES))
        return finding(
          `${value.mmapSize} bytes cannot track a queue of ${RING_SIZE}: it takes ${INFLIGHT_BYTES}`,
        );
      if (size !== null && value.mmapOffset + value.mmapSize > size)
        return finding(`The area ends at ${value.mmapOffset + value.mmapSize}, its file at ${size}`);
      return PASS;
    },
  },
  {
    id: 'log-base',
    title: 'SET_LOG_BASE has a reply of its own where LOG_SHMFD is negotiated',
    section: SECTION.communication,
    rule: 'The requests that require a reply: SET_LOG_BASE is one with VHOST_USER_PROTOCOL_F_LOG_SHMFD.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'LOG_SHMFD');
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const memory = await fe.shareMemory();
      if (!memory.ok) return memory.error;
      fe.talk.send('SET_LOG_BASE', { kind: 'shared', size: 0x1000n, offset: 0n }, [fe.memfd(0x1000n)]);
      return verdictOf(await fe.talk.reply(FRONTEND.SET_LOG_BASE.id));
    },
  },
  {
    id: 'status-is-kept',
    title: 'GET_STATUS answers the status that SET_STATUS set',
    section: entryOf('GET_STATUS'),
    rule: 'Reply payload: u64, the device status as defined in the virtio specification.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await withFeature(bench, 'STATUS');
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      const set = await talk.must('SET_STATUS', STATUS_ACKNOWLEDGE_DRIVER);
      if (!set.ok) return set.error;
      const status = await talk.ask('GET_STATUS', null);
      if (!status.ok) return status.error;
      return status.value.value === STATUS_ACKNOWLEDGE_DRIVER
        ? PASS
        : finding(`The status was set to 3 and is told as ${status.value.value}`);
    },
  },
  {
    id: 'status-zero-is-reset',
    title: 'SET_STATUS of 0 resets the device: its rings are not served any more',
    section: entryOf('SET_STATUS'),
    rule: 'The status as defined in the virtio specification: writing 0 resets the device (2.1, 2.4).',
    level: 'should',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await withFeature(bench, 'STATUS');
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.startRing(index)),
        () => fe.talk.must('SET_STATUS', STATUS_DRIVER_OK),
        () => fe.work(device.value, fe.ring(workRing)),
        () => fe.talk.must('SET_STATUS', 0n),
      ]);
      if (failed !== null) return failed.error;
      return bench.restsAfter(fe, device.value);
    },
  },
  {
    id: 'reset-device',
    title: 'RESET_DEVICE disables the rings, and the device can be set up anew',
    section: entryOf('RESET_DEVICE'),
    rule: 'Disable all rings and reset all internal device state to the initial state.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await withFeature(bench, 'RESET_DEVICE');
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.startRing(index)),
        () => fe.work(device.value, fe.ring(workRing)),
        () => fe.talk.must('RESET_DEVICE', null),
      ]);
      if (failed !== null) return failed.error;
      return bench.restsAfter(fe, device.value);
    },
  },
  {
    id: 'iotlb-acknowledged',
    title: 'An IOTLB message is acknowledged with a u64, asked or not',
    section: entryOf('IOTLB_MSG'),
    rule: 'The back-end has to acknowledge with zero as u64 payload for success, non-zero otherwise.',
    level: 'must',
    run: async (bench) => {
      if (!offersVirtio(bench.facts, 'F_ACCESS_PLATFORM'))
        return notApplicable('IOMMU_PLATFORM is not offered');
      const frontEnd = await bench.negotiated({ virtio: virtioMask('F_ACCESS_PLATFORM') });
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.send('IOTLB_MSG', {
        iova: 0n,
        size: 0x1000n,
        userAddress: 0n,
        readable: false,
        writable: false,
        type: 'invalidate',
      });
      return verdictOf(await talk.acknowledgement(FRONTEND.IOTLB_MSG.id));
    },
  },
  {
    id: 'reset-owner',
    title: 'RESET_OWNER, deprecated, does not end the connection',
    section: entryOf('RESET_OWNER'),
    rule: 'It is recommended that back-ends ignore this message, or use it to disable all rings.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      frontEnd.value.talk.send('RESET_OWNER', null);
      const alive = await frontEnd.value.talk.barrierOrEnd();
      if (!alive.ok) return alive.error;
      return alive.value === 'alive' ? PASS : finding('The connection was closed');
    },
  },
];
