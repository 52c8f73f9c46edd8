/** REPLY_ACK: who is acknowledged, with what, and who is not. */
import { FRONTEND } from '../../wire/table/frontend.ts';
import type { Bench } from '../bench.ts';
import { SECTION, type Check } from '../check.ts';
import type { FrontEnd } from '../front-end.ts';
import { offers } from '../facts.ts';
import { NEED_REPLY, VERSION } from '../talk.ts';
import { finding, PASS, skip, verdictOf, type Step } from '../verdict.ts';
import { protocolMask } from '../../wire/protocol-features.ts';
import { ANSWER_MS } from '../wait.ts';

/** A request number that no version of the specification uses. */
const UNKNOWN_REQUEST = 4711;

async function acknowledging(bench: Bench): Promise<Step<FrontEnd>> {
  return offers(bench.facts, 'REPLY_ACK') ? bench.negotiated() : skip('REPLY_ACK is not offered');
}

export const acknowledgementChecks: readonly Check[] = [
  {
    id: 'ack-when-asked',
    title: 'A request with need_reply is acknowledged with the u64 0 when it succeeded',
    section: SECTION.replyAck,
    rule: 'need_reply indicates that the back-end MUST respond; the payload is zero on success.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      return frontEnd.ok ? verdictOf(await frontEnd.value.talk.must('SET_OWNER', null)) : frontEnd.error;
    },
  },
  {
    id: 'no-ack-unasked',
    title: 'A request without need_reply and without a reply of its own is not answered',
    section: SECTION.replyAck,
    rule: 'Only need_reply asks for an acknowledgement; most requests do not require replies.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      if (!frontEnd.ok) return frontEnd.error;
      const { talk, features } = frontEnd.value;
      talk.send('SET_OWNER', null);
      talk.send('SET_FEATURES', features);
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'no-ack-before-negotiation',
    title: 'need_reply means nothing before REPLY_ACK is negotiated',
    section: SECTION.replyAck,
    rule: 'The need_reply flag belongs to this protocol extension "with this extension negotiated".',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.send('SET_OWNER', null, [], VERSION | NEED_REPLY);
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'no-ack-declined',
    title: 'need_reply means nothing where the front-end declined REPLY_ACK',
    section: SECTION.replyAck,
    rule: 'The need_reply flag belongs to this protocol extension "with this extension negotiated".',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.negotiated({ without: protocolMask('REPLY_ACK') });
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.send('SET_OWNER', null, [], VERSION | NEED_REPLY);
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'one-reply-only',
    title: 'need_reply adds nothing to a request that has a reply of its own',
    section: SECTION.replyAck,
    rule: 'For messages that already solicit a reply, need_reply brings no behavioural change.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      const first = await talk.ask('GET_FEATURES', null, VERSION | NEED_REPLY);
      if (!first.ok) return first.error;
      const protocol = await talk.ask('GET_PROTOCOL_FEATURES', null, VERSION | NEED_REPLY);
      if (!protocol.ok) return protocol.error;
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'unknown-request',
    title: 'An unknown request does not end the connection',
    section: SECTION.communication,
    rule: 'Closing "should only happen in exceptional circumstances", and new requests come with every version.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      frontEnd.value.talk.raw({ request: UNKNOWN_REQUEST });
      const alive = await frontEnd.value.talk.barrierOrEnd();
      if (!alive.ok) return alive.error;
      return alive.value === 'alive' ? PASS : finding('The connection was closed');
    },
  },
  {
    id: 'unknown-request-asked',
    title: 'An unknown request with need_reply is refused, not passed over in silence',
    section: SECTION.replyAck,
    rule: 'need_reply on any command means that the back-end MUST respond, non-zero on failure.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      if (!frontEnd.ok) return frontEnd.error;
      const answer = await frontEnd.value.talk.refusal({ request: UNKNOWN_REQUEST });
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted'
        ? finding('A request that does not exist was acknowledged as carried out')
        : PASS;
    },
  },
  {
    id: 'wrong-size',
    title: 'A request whose payload has another size than its type is refused',
    section: SECTION.header,
    rule: 'The payload follows from the type of the request: SET_FEATURES has a u64.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      if (!frontEnd.ok) return frontEnd.error;
      const request = FRONTEND.SET_FEATURES.id;
      const answer = await frontEnd.value.talk.refusal({ request, body: new Uint8Array(4) });
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted'
        ? finding('SET_FEATURES with 4 bytes was acknowledged with 0')
        : PASS;
    },
  },
  {
    id: 'wrong-size-unasked',
    title:
      'A request with a payload of the wrong size ends the connection or nothing: no reply comes unasked',
    section: SECTION.replyAck,
    rule: 'Only need_reply asks for an acknowledgement, also of a failure.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await acknowledging(bench);
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.raw({ request: FRONTEND.SET_FEATURES.id, body: new Uint8Array(4) });
      talk.send('GET_FEATURES', null);
      const came = await talk.link.next(ANSWER_MS);
      return came.kind === 'message' && came.request !== FRONTEND.GET_FEATURES.id
        ? finding('A refusal was sent for a request that did not ask for an acknowledgement')
        : PASS;
    },
  },
];
