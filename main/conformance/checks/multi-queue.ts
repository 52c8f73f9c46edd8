/** Indices up to the number of queues that the back-end told, and not beyond. */
import { FRONTEND } from '../../wire/table/frontend.ts';
import { SECTION, type Check } from '../check.ts';
import { RING_SIZE } from '../driver-ring.ts';
import { offers, offersVirtio } from '../facts.ts';
import { finding, notApplicable, PASS, verdictOf } from '../verdict.ts';

const RULE = 'The back-end advertises the maximum number of queues; the index names one of them.';

export const multiQueueChecks: readonly Check[] = [
  {
    id: 'last-queue',
    title: 'The last of the queues that GET_QUEUE_NUM counts can be set up',
    section: SECTION.multiQueue,
    rule: RULE,
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const index = device.value.ringCount(bench.facts) - 1;
      return verdictOf(await frontEnd.value.talk.must('SET_VRING_NUM', { index, num: RING_SIZE }));
    },
  },
  {
    id: 'queue-after-the-last',
    title: 'The queue after the last one is refused',
    section: SECTION.multiQueue,
    rule: RULE,
    level: 'should',
    destructive: true,
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      if (!offers(bench.facts, 'REPLY_ACK'))
        return notApplicable('REPLY_ACK is not offered: nothing would tell');
      // A control queue comes after the pairs.
      const control = device.value.name === 'net' && offersVirtio(bench.facts, 'NET_F_CTRL_VQ') ? 1 : 0;
      const index = device.value.ringCount(bench.facts) + control;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const { id, payload } = FRONTEND.SET_VRING_NUM;
      const body = payload.encode({ index, num: RING_SIZE });
      const answer = await frontEnd.value.talk.refusal({ request: id, body });
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted'
        ? finding(`SET_VRING_NUM of queue ${index} was acknowledged with 0`)
        : PASS;
    },
  },
];
