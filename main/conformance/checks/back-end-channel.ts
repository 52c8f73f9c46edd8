/** The socket on which the back-end makes requests of its own. */
import { ok } from '../../base/result.ts';
import { protocolMask } from '../../wire/protocol-features.ts';
import { FRONTEND } from '../../wire/table/frontend.ts';
import type { Bench } from '../bench.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { offers } from '../facts.ts';
import { firstFailure, type FrontEnd } from '../front-end.ts';
import type { Link } from '../link.ts';
import { finding, notApplicable, PASS, skip, verdictOf, type Step } from '../verdict.ts';
import { QUIET_MS } from '../wait.ts';

interface WithChannel {
  readonly frontEnd: FrontEnd;
  readonly requests: Link;
}

/** Negotiated, with the channel handed over and acknowledged. */
async function withChannel(bench: Bench): Promise<Step<WithChannel>> {
  if (!offers(bench.facts, 'BACKEND_REQ')) return skip('BACKEND_REQ is not offered');
  const frontEnd = await bench.negotiated({
    protocol: protocolMask('BACKEND_REQ', 'BACKEND_SEND_FD', 'HOST_NOTIFIER'),
  });
  if (!frontEnd.ok) return frontEnd;
  const { stream, fd } = bench.socketPair(frontEnd.value);
  const requests = bench.linkOf(stream);
  const set = await frontEnd.value.talk.must('SET_BACKEND_REQ_FD', null, [fd]);
  return set.ok ? ok({ frontEnd: frontEnd.value, requests }) : set;
}

export const backEndChannelChecks: readonly Check[] = [
  {
    id: 'back-end-channel',
    title: 'SET_BACKEND_REQ_FD is carried out and acknowledged with 0',
    section: entryOf('SET_BACKEND_REQ_FD'),
    rule: 'If REPLY_ACK is negotiated, the back-end must respond with zero for success.',
    level: 'must',
    run: async (bench) => verdictOf(await withChannel(bench)),
  },
  {
    id: 'back-end-channel-is-a-socket',
    title: 'SET_BACKEND_REQ_FD with something that is no socket is refused',
    section: entryOf('SET_BACKEND_REQ_FD'),
    rule: 'Sets the socket file descriptor; the response is non-zero where it fails.',
    level: 'should',
    run: async (bench) => {
      if (!offers(bench.facts, 'BACKEND_REQ')) return notApplicable('BACKEND_REQ is not offered');
      const frontEnd = await bench.negotiated({ protocol: protocolMask('BACKEND_REQ') });
      if (!frontEnd.ok) return frontEnd.error;
      const { talk } = frontEnd.value;
      const answer = await talk.refusal({ request: FRONTEND.SET_BACKEND_REQ_FD.id }, [
        frontEnd.value.eventfd(),
      ]);
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted' ? finding('An eventfd was acknowledged as the channel') : PASS;
    },
  },
  {
    id: 'suspended-sends-nothing',
    title: 'While all rings are stopped the back-end sends no request of its own',
    section: SECTION.suspended,
    rule: 'A suspended device must not send any messages to the front-end.',
    level: 'must',
    run: async (bench) => {
      const channel = await withChannel(bench);
      if (!channel.ok) return channel.error;
      const came = await channel.value.requests.next(QUIET_MS);
      return came.kind === 'message'
        ? finding(`Request ${came.request} came before any ring was started`)
        : PASS;
    },
  },
  {
    id: 'channel-may-close',
    title: 'Losing the back-end channel does not stop the rings',
    section: SECTION.backEnd,
    rule: 'The channel is optional, and serves requests of the back-end; rings do not depend on it.',
    level: 'should',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const channel = await withChannel(bench);
      if (!channel.ok) return channel.error;
      const { frontEnd, requests } = channel.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => frontEnd.shareMemory(),
        ...rings.map((index) => () => frontEnd.startRing(index)),
      ]);
      if (failed !== null) return failed.error;
      requests.close();
      bench.capture.event('the back-end channel was closed by the front-end');
      return verdictOf(await frontEnd.work(device.value, frontEnd.ring(workRing), 2));
    },
  },
];
