/** Features of both kinds, and what they gate. */
import { ok } from '../../base/result.ts';
import { FRONTEND } from '../../wire/table/frontend.ts';
import type { UpstreamFeature } from '../../wire/protocol-features.ts';
import type { Bench } from '../bench.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { offers } from '../facts.ts';
import { finding, notApplicable, PASS, skip, verdictOf, type Step, type Verdict } from '../verdict.ts';

const HIGHEST_BIT = 1n << 63n;

const u64 = (value: bigint): Uint8Array => FRONTEND.SET_FEATURES.payload.encode(value);

const needsProtocol = (bench: Bench): Step<void> =>
  bench.facts.protocolOffered === 0n ? skip('protocol features are not offered') : ok(undefined);

/** A request that must not be carried out, told or not; null where it was refused in some way. */
async function accepted(
  bench: Bench,
  request: keyof typeof FRONTEND,
  body: Uint8Array,
  without: bigint = 0n,
): Promise<Step<boolean>> {
  const frontEnd = await bench.negotiated({ without });
  if (!frontEnd.ok) return frontEnd;
  const answer = await frontEnd.value.talk.refusal({ request: FRONTEND[request].id, body });
  return answer.ok ? ok(answer.value === 'accepted') : answer;
}

/** The messages that need a feature, sent where it was not offered. */
const GATED: readonly {
  readonly request: keyof typeof FRONTEND;
  readonly feature: UpstreamFeature;
  readonly body: () => Uint8Array;
}[] = [
  { request: 'SEND_RARP', feature: 'RARP', body: () => u64(0n) },
  { request: 'NET_SET_MTU', feature: 'MTU', body: () => u64(1500n) },
  {
    request: 'SET_CONFIG',
    feature: 'CONFIG',
    body: () => FRONTEND.SET_CONFIG.payload.encode({ offset: 0, flags: 0, data: new Uint8Array(8) }),
  },
  {
    request: 'SET_VRING_ENDIAN',
    feature: 'CROSS_ENDIAN',
    body: () => FRONTEND.SET_VRING_ENDIAN.payload.encode({ index: 0, num: 1 }),
  },
  {
    request: 'VRING_KICK',
    feature: 'INBAND_NOTIFICATIONS',
    body: () => FRONTEND.VRING_KICK.payload.encode({ index: 0, num: 0 }),
  },
  { request: 'RESET_DEVICE', feature: 'RESET_DEVICE', body: () => new Uint8Array(0) },
  { request: 'SET_STATUS', feature: 'STATUS', body: () => u64(1n) },
];

const gateCheck = ({ request, feature, body }: (typeof GATED)[number]): Check => ({
  id: `gate-${request.toLowerCase().replaceAll('_', '-')}`,
  title: `${request} is not acknowledged as done where ${feature} was not offered`,
  section: entryOf(request),
  rule: `It belongs to the protocol feature ${feature}, and an acknowledgement of 0 says that it was carried out.`,
  level: 'should',
  run: async (bench): Promise<Verdict> => {
    if (offers(bench.facts, feature)) return notApplicable(`${feature} is offered`);
    if (!offers(bench.facts, 'REPLY_ACK'))
      return notApplicable('REPLY_ACK is not offered: nothing would tell');
    const done = await accepted(bench, request, body());
    if (!done.ok) return done.error;
    return done.value
      ? finding(`${request} was acknowledged with 0, though ${feature} is not offered`)
      : PASS;
  },
});

/** Asked twice, or before and after: equal both times. */
async function stable(bench: Bench, name: 'GET_FEATURES' | 'GET_PROTOCOL_FEATURES'): Promise<Verdict> {
  const frontEnd = await bench.connect();
  if (!frontEnd.ok) return frontEnd.error;
  const before = await frontEnd.value.talk.ask(name, null);
  if (!before.ok) return before.error;
  const negotiated = await frontEnd.value.negotiate();
  if (!negotiated.ok) return negotiated.error;
  const after = await frontEnd.value.talk.ask(name, null);
  if (!after.ok) return after.error;
  return before.value.value === after.value.value
    ? PASS
    : finding(`0x${before.value.value.toString(16)} first, 0x${after.value.value.toString(16)} later`);
}

export const featureChecks: readonly Check[] = [
  {
    id: 'get-features',
    title: 'GET_FEATURES is answered with a u64, the same at any time',
    section: entryOf('GET_FEATURES'),
    rule: 'Reply payload: u64, the feature bits of the back-end. Front-ends also send it as a barrier.',
    level: 'must',
    run: (bench) => stable(bench, 'GET_FEATURES'),
  },
  {
    id: 'protocol-features-first',
    title: 'GET_PROTOCOL_FEATURES and SET_PROTOCOL_FEATURES are served before SET_FEATURES',
    section: entryOf('GET_PROTOCOL_FEATURES'),
    rule: 'A back-end that reports VHOST_USER_F_PROTOCOL_FEATURES must support them even before SET_FEATURES.',
    level: 'must',
    run: async (bench) => {
      const possible = needsProtocol(bench);
      if (!possible.ok) return possible.error;
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      const offered = await talk.ask('GET_PROTOCOL_FEATURES', null);
      if (!offered.ok) return offered.error;
      talk.send('SET_PROTOCOL_FEATURES', offered.value.value & 9n);
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'get-protocol-features',
    title: 'GET_PROTOCOL_FEATURES is answered with a u64, the same at any time',
    section: entryOf('GET_PROTOCOL_FEATURES'),
    rule: 'Reply payload: u64, the protocol feature bits.',
    level: 'must',
    run: async (bench) => {
      const possible = needsProtocol(bench);
      return possible.ok ? stable(bench, 'GET_PROTOCOL_FEATURES') : possible.error;
    },
  },
  {
    id: 'features-accepted',
    title: 'SET_FEATURES with offered bits is carried out, also when it comes again',
    section: entryOf('SET_FEATURES'),
    rule: 'Enables features of the mask that GET_FEATURES reported.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      return verdictOf(await frontEnd.value.talk.must('SET_FEATURES', frontEnd.value.features));
    },
  },
  {
    id: 'features-not-offered',
    title: 'SET_FEATURES with a bit that was not offered is refused',
    section: SECTION.communication,
    rule: 'On incompatible features the back-end may close the connection; an acknowledgement of 0 says success.',
    level: 'should',
    run: async (bench) => {
      if ((bench.facts.virtioOffered & HIGHEST_BIT) !== 0n) return notApplicable('bit 63 is offered');
      if (!offers(bench.facts, 'REPLY_ACK'))
        return notApplicable('REPLY_ACK is not offered: nothing would tell');
      const done = await accepted(bench, 'SET_FEATURES', u64(HIGHEST_BIT));
      if (!done.ok) return done.error;
      return done.value ? finding('Bit 63 was not offered, and setting it was acknowledged with 0') : PASS;
    },
  },
  {
    id: 'protocol-features-not-offered',
    title: 'SET_PROTOCOL_FEATURES with a bit that was not offered is refused',
    section: SECTION.communication,
    rule: 'Protocol extensions are gated by feature bits; an acknowledgement of 0 says success.',
    level: 'should',
    run: async (bench) => {
      if (!offers(bench.facts, 'REPLY_ACK'))
        return notApplicable('REPLY_ACK is not offered: nothing would tell');
      const done = await accepted(bench, 'SET_PROTOCOL_FEATURES', u64(HIGHEST_BIT | 9n));
      if (!done.ok) return done.error;
      return done.value ? finding('Bit 63 was not offered, and setting it was acknowledged with 0') : PASS;
    },
  },
  {
    id: 'in-band-needs-its-features',
    title: 'INBAND_NOTIFICATIONS without BACKEND_REQ and REPLY_ACK ends the connection',
    section: 'In-band notifications',
    rule: 'It is an error to negotiate it without the other two; the back-end should close the connection.',
    level: 'should',
    run: async (bench) => {
      if (!offers(bench.facts, 'INBAND_NOTIFICATIONS'))
        return notApplicable('INBAND_NOTIFICATIONS is not offered');
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      frontEnd.value.talk.send('SET_PROTOCOL_FEATURES', 1n << 14n);
      const alive = await frontEnd.value.talk.barrierOrEnd();
      if (!alive.ok) return alive.error;
      return alive.value === 'closed'
        ? PASS
        : finding('The connection goes on with INBAND_NOTIFICATIONS alone');
    },
  },
  {
    id: 'queue-num',
    title: 'GET_QUEUE_NUM is answered with a u64 of at least 1',
    section: entryOf('GET_QUEUE_NUM'),
    rule: 'Reply payload: u64, how many queues the back-end supports.',
    level: 'must',
    run: async (bench) => {
      if (!offers(bench.facts, 'MQ')) return notApplicable('MQ is not offered');
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const queues = await frontEnd.value.talk.ask('GET_QUEUE_NUM', null);
      if (!queues.ok) return queues.error;
      return queues.value.value >= 1n ? PASS : finding('The back-end says that it has no queue');
    },
  },
  ...GATED.map(gateCheck),
];
