/** Stopping a ring: what is told, what is finished first, and that nothing goes on. */
import { ok } from '../../base/result.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { SLOTS } from '../driver-ring.ts';
import { firstFailure, type FrontEnd } from '../front-end.ts';
import { fail, finding, notApplicable, PASS, verdictOf, type Step } from '../verdict.ts';
import { stays } from '../wait.ts';

/** Sends GET_VRING_BASE; → the index it was answered with. */
export async function stopRing(frontEnd: FrontEnd, index: number): Promise<Step<number>> {
  const reply = await frontEnd.talk.ask('GET_VRING_BASE', { index, num: 0 });
  if (!reply.ok) return reply;
  const { value } = reply.value;
  return value.index === index
    ? ok(value.num)
    : fail(`GET_VRING_BASE of ring ${index} was answered for ring ${value.index}`);
}

export const ringStopChecks: readonly Check[] = [
  {
    id: 'base-of-the-stop',
    title: 'GET_VRING_BASE answers the next available index, in 16 bits',
    section: entryOf('GET_VRING_BASE'),
    rule: 'Returns only the 16-bit next descriptor index to process in the available ring.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const done = await frontEnd.work(device, ring, 5);
      if (!done.ok) return done.error;
      const base = await stopRing(frontEnd, ring.index);
      if (!base.ok) return base.error;
      return base.value === 5
        ? PASS
        : finding(`5 requests were served from index 0, the base is ${base.value}`);
    },
  },
  {
    id: 'base-after-the-wrap',
    title: 'GET_VRING_BASE wraps with the 16 bits of the index',
    section: entryOf('GET_VRING_BASE'),
    rule: 'Returns only the 16-bit next descriptor index to process in the available ring.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running({}, 0xfffe);
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const done = await frontEnd.work(device, ring, 4);
      if (!done.ok) return done.error;
      const base = await stopRing(frontEnd, ring.index);
      if (!base.ok) return base.error;
      return base.value === 2
        ? PASS
        : finding(`4 requests were served from index 65534, the base is ${base.value}, not 2`);
    },
  },
  {
    id: 'base-of-a-ring-that-never-ran',
    title: 'GET_VRING_BASE of a ring that was set up and not started answers the base that was set',
    section: entryOf('GET_VRING_BASE'),
    rule: 'Returns the current descriptor index; nothing has moved it.',
    level: 'should',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const { workRing } = device.value;
      const failed = await firstFailure([
        () => frontEnd.value.shareMemory(),
        () => frontEnd.value.setUpRing(workRing, 7),
      ]);
      if (failed !== null) return failed.error;
      const base = await stopRing(frontEnd.value, workRing);
      if (!base.ok) return base.error;
      return base.value === 7 ? PASS : finding(`The base was set to 7 and is told as ${base.value}`);
    },
  },
  {
    id: 'stop-finishes-what-was-taken',
    title: 'What was taken is completed before GET_VRING_BASE is answered: used index and base agree',
    section: SECTION.suspended,
    rule: 'A suspended device does not write to guest memory, so what it took it has to finish before.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      for (let given = 0; given < SLOTS - 1; given++) ring.add(frontEnd.request(device));
      ring.kick();
      const base = await stopRing(frontEnd, ring.index);
      if (!base.ok) return base.error;
      bench.capture.event(`ring ${ring.index}: base ${base.value}, used index ${ring.usedIndex}`);
      if (ring.usedIndex !== base.value)
        return finding(`The base is ${base.value}, but the used index is ${ring.usedIndex}`);
      const { wrong } = ring.takeUsed();
      if (wrong !== null) return finding(wrong);
      const still = ring.usedIndex;
      return (await stays(() => ring.usedIndex === still))
        ? PASS
        : finding('The used index moved after the ring was stopped');
    },
  },
  {
    id: 'stopped-ring-rests',
    title: 'A stopped ring is not served, whatever is kicked',
    section: SECTION.ringStates,
    rule: 'The back-end must stop a ring upon GET_VRING_BASE; while stopped it must not be processed at all.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const done = await frontEnd.work(device, ring, 2);
      if (!done.ok) return done.error;
      const base = await stopRing(frontEnd, ring.index);
      if (!base.ok) return base.error;
      ring.takeCalls();
      ring.add(frontEnd.request(device));
      ring.kick();
      if (!(await stays(() => ring.usedIndex === 2)))
        return finding('A request was served by a stopped ring');
      return ring.takeCalls() === 0 ? PASS : finding('A stopped ring signalled its call fd');
    },
  },
  {
    id: 'stop-and-start',
    title: 'A ring that was stopped starts again where it stopped',
    section: entryOf('SET_VRING_BASE'),
    rule: 'Front-ends save the index of GET_VRING_BASE and give it back with SET_VRING_BASE.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const before = await frontEnd.work(device, ring, 3);
      if (!before.ok) return before.error;
      const base = await stopRing(frontEnd, ring.index);
      if (!base.ok) return base.error;
      const { talk } = frontEnd;
      const again = await firstFailure([
        () => talk.must('SET_VRING_NUM', { index: ring.index, num: 64 }),
        () => talk.must('SET_VRING_BASE', { index: ring.index, num: base.value }),
        () => talk.must('SET_VRING_ADDR', ring.address),
        () => frontEnd.giveKick(ring.index),
        () => talk.must('SET_VRING_CALL', { index: ring.index, noFd: false }, [ring.callFd]),
      ]);
      return again === null ? verdictOf(await frontEnd.work(device, ring, 3)) : again.error;
    },
  },
  {
    id: 'stop-is-of-one-ring',
    title: 'Stopping one ring leaves the others running',
    section: SECTION.ringStates,
    rule: 'GET_VRING_BASE stops the ring that it names.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      const other = device.rings.find((index) => index !== ring.index);
      if (other === undefined) return notApplicable('the device has one ring');
      const stopped = await stopRing(frontEnd, other);
      return stopped.ok ? verdictOf(await frontEnd.work(device, ring)) : stopped.error;
    },
  },
  {
    id: 'stopped-device-is-silent',
    title: 'A device whose rings are all stopped still answers',
    section: SECTION.suspended,
    rule: 'A suspended device must still process and reply to messages from the front-end.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device } = running.value;
      const failed = await firstFailure(device.rings.map((index) => () => stopRing(frontEnd, index)));
      return failed === null ? verdictOf(await frontEnd.talk.barrier()) : failed.error;
    },
  },
];
