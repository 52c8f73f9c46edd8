/** Pictures for the notify map: a session in which every lane tells another story, and one of 512 lanes. */
import type { EngineSnapshot, PageOffer, QueueSnapshot } from '../../../app/contract/snapshot.ts';
import {
  engine,
  mapped,
  quarantine,
  queueRecord,
  relay,
  sessionRecord,
  stale,
  START,
  suspect,
} from './fleet.ts';

const PROTOCOL = ['MQ', 'REPLY_ACK', 'BACKEND_REQ', 'BACKEND_SEND_FD', 'HOST_NOTIFIER'];

const offerOf = (page: number, change: Partial<PageOffer> = {}): PageOffer => ({
  generation: 7,
  offset: '0x0',
  size: '0x1000',
  hostPageSize: '0x1000',
  file: { kind: 'memfd', key: `memfd:1:${112_130 + page}` },
  sentAt: START - 12_000,
  answer: { code: '0x0', latencyMs: 3.1 },
  timedOut: false,
  ended: null,
  ...change,
});

const fds = (index: number): Partial<QueueSnapshot> => ({
  kickIdentity: `eventfd:${110 + index}`,
  callIdentity: `eventfd:${210 + index}`,
  vring: {
    desc: `0x7f3c4${index}001000`,
    avail: `0x7f3c8${index}002000`,
    used: `0x7f3d2${index}002240`,
  },
});

const page = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mapped(index, {
    ...fds(index),
    generation: 7,
    offer: offerOf(index),
    mappedAt: `0x7f3c4${index.toString(16).padStart(4, '0')}000`,
    ...change,
  });

/** Eight lanes: well, wrong page shared with the next, its owner, software, stale, refused size, acknowledged, quarantine. */
export const everyLane = (): EngineSnapshot =>
  engine([
    sessionRecord('web-01', {
      featureNames: { virtio: ['VERSION_1'], protocol: PROTOCOL },
      memory: {
        generation: 2,
        regions: [
          { guestAddress: '0x0', size: '0xc0000000', frontendAddress: '0x7f3c40000000', mmapOffset: '0x0' },
          {
            guestAddress: '0x100000000',
            size: '0x400000000',
            frontendAddress: '0x7f3d00000000',
            mmapOffset: '0xc0000000',
          },
        ],
      },
      queues: [
        page(0),
        suspect(1, { ...fds(1), generation: 7, offer: offerOf(2), mappedAt: '0x7f3c40001000' }),
        page(2),
        queueRecord(3, fds(3)),
        stale(4, {
          ...fds(4),
          offer: offerOf(4, {
            generation: 6,
            sentAt: START - 60_000,
            ended: { at: START - 32_000, cause: 'GET_VRING_BASE' },
          }),
        }),
        relay(5, {
          ...fds(5),
          generation: 8,
          offer: offerOf(5, { generation: 8, size: '0x10000', answer: { code: '0x1', latencyMs: 1 } }),
        }),
        page(6, {
          evidence: 1,
          mappedAt: null,
          mapsReadable: false,
          mapsReason: 'not permitted to read /proc/4121/maps',
        }),
        quarantine(7, { ...fds(7), offer: offerOf(7) }),
      ],
    }),
    sessionRecord('lab', {
      simulated: true,
      peer: { pid: 4000, name: 'doorbell' },
      queues: [page(0), queueRecord(1, fds(1))],
    }),
  ]);

/** 512 lanes of one session; q5 was refused. */
export const manyLanes = (): EngineSnapshot =>
  engine([
    sessionRecord('web-01', {
      featureNames: { virtio: ['VERSION_1'], protocol: PROTOCOL },
      queues: Array.from({ length: 512 }, (_, index) =>
        index === 5
          ? relay(5, { ...fds(5), offer: offerOf(5, { answer: { code: '0x1', latencyMs: 1 } }) })
          : page(index),
      ),
    }),
  ]);

/** 512 lanes that are all as they should be. */
export const mappedLanes = (): EngineSnapshot =>
  engine([
    sessionRecord('web-01', {
      featureNames: { virtio: ['VERSION_1'], protocol: PROTOCOL },
      queues: Array.from({ length: 512 }, (_, index) => page(index)),
    }),
  ]);
