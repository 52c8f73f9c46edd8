/** What may change while a ring runs. */
import { frontendAddr, guestAddr } from '../../wire/address.ts';
import { FRONTEND } from '../../wire/table/frontend.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { RAM_BYTES } from '../driver-ring.ts';
import { WHOLE_RAM } from '../front-end.ts';
import { finding, PASS, verdictOf } from '../verdict.ts';

const { SET_MEM_TABLE } = FRONTEND;

const ON_THE_FLY = 'While processing the rings, the back-end must support changing configuration on the fly.';

export const ringChangeChecks: readonly Check[] = [
  {
    id: 'call-fd-replaced',
    title: 'A call fd that replaces another while the ring runs is the one that is signalled',
    section: SECTION.ringStates,
    rule: ON_THE_FLY,
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const first = await frontEnd.work(device, ring);
      if (!first.ok) return first.error;
      const old = ring.callFd;
      ring.callFd = frontEnd.eventfd();
      const set = await frontEnd.talk.must('SET_VRING_CALL', { index: ring.index, noFd: false }, [
        ring.callFd,
      ]);
      if (!set.ok) return set.error;
      await bench.signalled(ring, old);
      const second = await frontEnd.work(device, ring);
      if (!second.ok) return second.error;
      if (!(await bench.signalled(ring)))
        return finding('The new call fd was not signalled for a completion');
      return ring.takeCalls(old) === 0 ? PASS : finding('The replaced call fd was signalled');
    },
  },
  {
    id: 'call-fd-taken-away',
    title: 'A ring whose call fd is taken away (bit 8) serves on without calling',
    section: entryOf('SET_VRING_CALL'),
    rule: 'Bit 8 signals that polling will be used instead of waiting for the call.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const set = await frontEnd.talk.must('SET_VRING_CALL', { index: ring.index, noFd: true });
      if (!set.ok) return set.error;
      ring.takeCalls();
      const done = await frontEnd.work(device, ring, 2);
      if (!done.ok) return done.error;
      return ring.takeCalls() === 0 ? PASS : finding('The call fd was signalled after it was taken away');
    },
  },
  {
    id: 'kick-fd-replaced',
    title: 'SET_VRING_KICK of a ring that runs already leaves it running, with the new fd',
    section: SECTION.ringStates,
    rule: ON_THE_FLY,
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const first = await frontEnd.work(device, ring);
      if (!first.ok) return first.error;
      ring.kickFd = frontEnd.eventfd();
      const set = await frontEnd.giveKick(ring.index);
      return set.ok ? verdictOf(await frontEnd.work(device, ring, 2)) : set.error;
    },
  },
  {
    id: 'disable-and-enable',
    title: 'A ring that is disabled and enabled again serves on',
    section: entryOf('SET_VRING_ENABLE'),
    rule: 'Signals the back-end to enable or disable the vring.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const first = await frontEnd.work(device, ring);
      if (!first.ok) return first.error;
      const off = await frontEnd.enable(ring.index, false);
      if (!off.ok) return off.error;
      const on = await frontEnd.enable(ring.index);
      return on.ok ? verdictOf(await frontEnd.work(device, ring)) : on.error;
    },
  },
  {
    id: 'table-replaced',
    title: 'The memory table is replaced while the ring runs, and it serves on in the new one',
    section: SECTION.ringStates,
    rule: `${ON_THE_FLY} Front-ends send a new table when memory is plugged.`,
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const first = await frontEnd.work(device, ring);
      if (!first.ok) return first.error;
      const plugged = {
        guestAddress: guestAddr(RAM_BYTES),
        size: RAM_BYTES,
        frontendAddress: frontendAddr(0x7e00_0000_0000n),
        mmapOffset: 0n,
      };
      const table = { regions: [WHOLE_RAM, plugged] };
      const fds = [frontEnd.ramFile(), frontEnd.memfd(RAM_BYTES)];
      const set = await frontEnd.talk.must('SET_MEM_TABLE', table, fds);
      return set.ok ? verdictOf(await frontEnd.work(device, ring, 3)) : set.error;
    },
  },
  {
    id: 'table-refused',
    title: 'A memory table that is refused leaves the old one in use',
    section: SECTION.replyAck,
    rule: 'A non-zero payload says that the request failed: what was before is still so.',
    level: 'should',
    destructive: true,
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      // Another table than the one in use: an unchanged one needs no mapping.
      const body = SET_MEM_TABLE.payload.encode({ regions: [{ ...WHOLE_RAM, size: RAM_BYTES * 2n }] });
      const answer = await frontEnd.talk.refusal({ request: SET_MEM_TABLE.id, body }, [frontEnd.eventfd()]);
      if (!answer.ok) return answer.error;
      if (answer.value === 'accepted')
        return finding('A table whose fd cannot be mapped was acknowledged with 0');
      return answer.value === 'closed' ? PASS : verdictOf(await frontEnd.work(device, ring));
    },
  },
  {
    id: 'barrier-while-running',
    title: 'GET_FEATURES is answered while rings run, and disturbs nothing',
    section: entryOf('GET_FEATURES'),
    rule: 'A front-end without REPLY_ACK waits for its answer to know that earlier requests were handled.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      ring.add(frontEnd.request(device));
      ring.kick();
      const barrier = await frontEnd.talk.barrier();
      return barrier.ok ? verdictOf(await frontEnd.finish(device, ring)) : barrier.error;
    },
  },
];
