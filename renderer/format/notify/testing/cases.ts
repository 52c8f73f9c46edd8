/**
 * Pictures of one session for every way in which a notify path is known to go wrong, as the engine would tell
 * it: a clean session of four queues with one thing changed. Used by golden tests and by nothing else.
 */
import type { PageOffer, QueueSnapshot, Reason } from '../../../../app/contract/snapshot.ts';
import { factsOf, type NotifyFacts, type SessionFacts } from '../facts.ts';

const AT = 1_790_000_000_000;

export const SESSION: SessionFacts = {
  name: 'web-01',
  state: 'connected',
  simulated: false,
  peer: { pid: 4121, name: 'qemu-system-x86' },
  featureNames: {
    virtio: ['NET_F_MAC', 'VERSION_1'],
    protocol: ['MQ', 'REPLY_ACK', 'BACKEND_REQ', 'BACKEND_SEND_FD', 'HOST_NOTIFIER'],
  },
  commandLine:
    'qemu-system-x86_64 -netdev vhost-user,id=n0,chardev=c0,queues=2 -device virtio-net-pci,netdev=n0,mq=on,page-per-vq=on,disable-legacy=on,vectors=0 -nographic',
};

export const offerOf = (index: number, change: Partial<PageOffer> = {}): PageOffer => ({
  generation: 7,
  offset: '0x0',
  size: '0x1000',
  hostPageSize: '0x1000',
  file: { kind: 'memfd', key: `memfd:1:${4_700 + index}` },
  sentAt: AT,
  answer: { code: '0x0', latencyMs: 3.1 },
  timedOut: false,
  ended: null,
  ...change,
});

export function mappedQueue(index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot {
  return {
    index,
    role: index % 2 === 0 ? 'rx' : 'tx',
    size: 256,
    started: true,
    enabled: true,
    desired: 'accelerated',
    desiredAccelerator: null,
    phase: 'mapped',
    step: null,
    evidence: 3,
    interruptEvidence: 3,
    mapsReadable: true,
    mapsReason: null,
    generation: 7,
    since: AT,
    reason: null,
    acknowledged: false,
    contradiction: null,
    accelerator: 'emulated0',
    group: { id: '0', holders: 4, sent: false },
    notifyRegion: { mapped: true, offset: '0x0', size: '0x1000' },
    offer: offerOf(index),
    mappedAt: `0x7f3c4000${index}000`,
    counters: {
      kicks: 12,
      doorbells: 900,
      interrupts: 880,
      calls: 9,
      engineDescriptors: 10,
      deviceDescriptors: 4_802,
    },
    availIdx: 4_812,
    usedIdx: 4_812,
    vring: { desc: '0x7f3c40001000', avail: '0x7f3c40002000', used: '0x7f3c40002240' },
    underEarlierTable: false,
    kick: `eventfd #${20 + index}`,
    call: `eventfd #${30 + index}`,
    kickIdentity: `eventfd:${110 + index}`,
    callIdentity: `eventfd:${210 + index}`,
    blackoutNs: 38_200,
    transitions: [],
    ...change,
  };
}

export const softwareQueue = (index: number, change: Partial<QueueSnapshot> = {}): QueueSnapshot =>
  mappedQueue(index, {
    desired: 'software',
    phase: 'software',
    accelerator: null,
    group: null,
    notifyRegion: null,
    offer: null,
    mappedAt: null,
    ...change,
  });

const reason = (code: Reason['code'], message: string): Reason => ({ code, message, at: AT });

const relayed = (index: number, offer: PageOffer | null, why: Reason): QueueSnapshot =>
  mappedQueue(index, {
    phase: 'relay',
    evidence: 1,
    notifyRegion: null,
    mappedAt: null,
    offer,
    generation: offer?.generation ?? 6,
    reason: why,
  });

const REFUSED = reason('page-refused', 'The front-end refused to map the notify page (answer 1)');
const refusedOffer = (index: number, change: Partial<PageOffer> = {}): PageOffer =>
  offerOf(index, { generation: 8, answer: { code: '0x1', latencyMs: 1 }, ...change });

/** The facts of `index` in a session of four mapped queues, some of them replaced. */
export function factsIn(
  index: number,
  replaced: readonly QueueSnapshot[],
  session: SessionFacts = SESSION,
): NotifyFacts {
  const queues = Array.from(
    { length: 4 },
    (_, place) => replaced.find((queue) => queue.index === place) ?? mappedQueue(place),
  );
  const facts = factsOf(session, queues)[index];
  if (facts === undefined) throw new Error(`no queue ${index}`);
  return facts;
}

const lacking = (...names: readonly string[]): SessionFacts => ({
  ...SESSION,
  featureNames: {
    virtio: ['VERSION_1'],
    protocol: (SESSION.featureNames?.protocol ?? []).filter((name) => !names.includes(name)),
  },
});

const DOORBELL_UNSEEN = {
  code: 'doorbell-unseen',
  message: 'Descriptors wait, no kick came and the accelerator does not move',
  at: AT,
} as const;

export const CASES: Readonly<Record<string, NotifyFacts>> = {
  /** q1 was given the page of q2 while q2 runs in software: the store wakes nobody. */
  'wrong page': factsIn(1, [
    mappedQueue(1, { offer: offerOf(2), evidence: 2, contradiction: DOORBELL_UNSEEN, usedIdx: 4_800 }),
    softwareQueue(2),
  ]),
  /** q1 was given the page of q2, which rings it too. */
  'shared page': factsIn(1, [
    mappedQueue(1, { offer: offerOf(2), evidence: 2, contradiction: DOORBELL_UNSEEN, usedIdx: 4_800 }),
  ]),
  'refused size': factsIn(3, [relayed(3, refusedOffer(3, { size: '0x10000' }), REFUSED)]),
  'missing page-per-vq': factsIn(
    1,
    [0, 1, 2, 3].map((index) => relayed(index, refusedOffer(index), REFUSED)),
  ),
  'only one refused': factsIn(1, [relayed(1, refusedOffer(1), REFUSED)]),
  'host page of 64 KiB': factsIn(1, [
    relayed(1, refusedOffer(1, { size: '0x10000', hostPageSize: '0x10000' }), REFUSED),
  ]),
  'a lab fault': factsIn(1, [relayed(1, refusedOffer(1), REFUSED)], {
    ...SESSION,
    simulated: true,
    peer: { pid: 4_000, name: 'doorbell' },
  }),
  'missing bit': factsIn(
    1,
    [
      relayed(
        1,
        null,
        reason(
          'bit-not-negotiated',
          'The front-end did not negotiate HOST_NOTIFIER (bit 11), so no page was offered',
        ),
      ),
    ],
    lacking('HOST_NOTIFIER'),
  ),
  'vanished mapping': factsIn(1, [
    mappedQueue(1, {
      evidence: 1,
      mappedAt: null,
      contradiction: { code: 'mapping-vanished', message: 'The page is gone from the maps', at: AT },
    }),
  ]),
  'old-generation answer': factsIn(1, [
    mappedQueue(1, {
      phase: 'down',
      started: false,
      evidence: 0,
      accelerator: null,
      notifyRegion: null,
      mappedAt: null,
      reason: reason('generation-ended', 'GET_VRING_BASE ended generation 7'),
      offer: offerOf(1, {
        answer: { code: '0x0', latencyMs: 41 },
        ended: { at: AT + 20, cause: 'GET_VRING_BASE' },
      }),
    }),
  ]),
  'kicks after the answer': factsIn(1, [
    mappedQueue(1, {
      evidence: 2,
      contradiction: {
        code: 'kicks-after-ack',
        message: '4 kicks came by eventfd after the page was acknowledged',
        at: AT,
      },
    }),
  ]),
  'no answer': factsIn(1, [
    relayed(
      1,
      offerOf(1, { generation: 8, answer: null, timedOut: true }),
      reason('page-unanswered', 'The front-end did not answer the offer of the notify page'),
    ),
  ]),
  'accelerator refused': factsIn(1, [
    softwareQueue(1, {
      desired: 'accelerated',
      reason: reason('accelerator-failed', 'DMA map: ENOMEM'),
    }),
  ]),
  quarantine: factsIn(1, [
    mappedQueue(1, {
      phase: 'quarantine',
      evidence: 0,
      notifyRegion: { mapped: null, offset: '0x0', size: '0x1000' },
      reason: reason('removal-unanswered', 'The front-end did not answer the removal of the notify page'),
    }),
  ]),
};
