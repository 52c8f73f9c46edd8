/** Framing: what every message has in common. */
import { FRONTEND } from '../../wire/table/frontend.ts';
import type { Check } from '../check.ts';
import { SECTION } from '../check.ts';
import { frameOf } from '../link.ts';
import { NEED_REPLY, VERSION } from '../talk.ts';
import { finding, PASS, verdictOf } from '../verdict.ts';
import { ANSWER_MS, QUIET_MS } from '../wait.ts';

const GET_FEATURES = FRONTEND.GET_FEATURES.id;
const nothing = new Uint8Array(0);
const plainGetFeatures = (): Uint8Array => frameOf({ request: GET_FEATURES, flags: VERSION, body: nothing });

export const headerChecks: readonly Check[] = [
  {
    id: 'reply-flags',
    title: 'A reply has the flags 0x5: version 1 and the reply bit',
    section: SECTION.header,
    rule: 'The lower two bits are the version (1), bit 2 is sent on each reply, bit 3 asks for one.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      return frontEnd.ok ? verdictOf(await frontEnd.value.talk.ask('GET_FEATURES', null)) : frontEnd.error;
    },
  },
  {
    id: 'reply-flags-when-asked',
    title: 'A reply to a request with need_reply has the flags 0x5 as well',
    section: SECTION.header,
    rule: 'Bit 3 belongs to requests; front-ends take any other flags of a reply for an error.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      return verdictOf(await frontEnd.value.talk.ask('GET_FEATURES', null, VERSION | NEED_REPLY));
    },
  },
  {
    id: 'two-messages-at-once',
    title: 'Two requests that arrive together are both answered, in order',
    section: SECTION.communication,
    rule: 'The front-end sends requests and the back-end replies; a stream socket keeps no boundaries.',
    level: 'must',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk, capture } = frontEnd.value;
      capture.event('GET_FEATURES twice in one send');
      const one = plainGetFeatures();
      talk.link.sendBytes(new Uint8Array([...one, ...one]));
      const first = await talk.reply(GET_FEATURES);
      return first.ok ? verdictOf(await talk.reply(GET_FEATURES)) : first.error;
    },
  },
  {
    id: 'message-in-pieces',
    title: 'A request whose body arrives later than its header is waited for',
    section: SECTION.header,
    rule: 'The size of the payload is in the header; a stream socket may deliver it later.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk, capture, features } = frontEnd.value;
      const body = FRONTEND.SET_FEATURES.payload.encode(features);
      const bytes = frameOf({ request: FRONTEND.SET_FEATURES.id, flags: VERSION, body });
      capture.event('SET_FEATURES: 12 bytes of header in one send, 8 bytes of body in the next');
      talk.link.sendBytes(bytes.subarray(0, 12));
      talk.link.sendBytes(bytes.subarray(12));
      return verdictOf(await talk.barrier());
    },
  },
  {
    id: 'header-in-pieces',
    title: 'A request whose header arrives in two parts is waited for',
    section: SECTION.header,
    rule: 'A message begins with 12 bytes of header; a stream socket may deliver them in parts.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk, capture } = frontEnd.value;
      const bytes = plainGetFeatures();
      capture.event('GET_FEATURES: 5 bytes in one send, 7 in the next');
      talk.link.sendBytes(bytes.subarray(0, 5));
      // A back-end that has not read yet would find both parts at once.
      const early = await talk.link.next(QUIET_MS);
      if (early.kind === 'closed') return finding('The connection was closed after the first part');
      if (early.kind !== 'silence') return finding('Something came before the request was whole');
      talk.link.sendBytes(bytes.subarray(5));
      return verdictOf(await talk.reply(GET_FEATURES));
    },
  },
  {
    id: 'unknown-version',
    title: 'A request of another version is not served as version 1',
    section: SECTION.header,
    rule: 'The lower two bits of the flags are the version, currently 1.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.raw({ request: GET_FEATURES, flags: 2 });
      const came = await talk.link.next(ANSWER_MS);
      return came.kind === 'message' && came.body.byteLength === 8
        ? finding('GET_FEATURES of version 2 was answered as if it were version 1')
        : PASS;
    },
  },
  {
    id: 'reply-as-request',
    title: 'A message with the reply bit is not served as a request',
    section: SECTION.header,
    rule: 'The reply bit is sent on replies of the back-end; a front-end replies to nothing on this socket.',
    level: 'should',
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.raw({ request: GET_FEATURES, flags: 5 });
      const came = await talk.link.next(ANSWER_MS);
      return came.kind === 'message' ? finding('GET_FEATURES with the reply bit was answered') : PASS;
    },
  },
  {
    id: 'oversized-body',
    title: 'A header that claims 4 GiB of payload does no harm',
    section: SECTION.header,
    rule: 'The size is a 32-bit number of the peer; no payload has more than a few kilobytes.',
    level: 'should',
    destructive: true,
    run: async (bench) => {
      const frontEnd = await bench.connect();
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      talk.raw({ request: FRONTEND.SET_FEATURES.id, claimedSize: 0xffff_ffff });
      const came = await talk.link.next(ANSWER_MS);
      return came.kind === 'message' ? finding('A header that claims 4 GiB was answered') : PASS;
    },
  },
];
