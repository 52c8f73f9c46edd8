/** From a stopped ring to one that serves: in every order that front-ends use. */
import { entryOf, SECTION, type Check } from '../check.ts';
import { firstFailure } from '../front-end.ts';
import { hasVirtio, virtioMask } from '../../wire/virtio-features.ts';
import { finding, notApplicable, PASS, verdictOf } from '../verdict.ts';
import { stays } from '../wait.ts';

/** Just before the index wraps. */
const BEFORE_WRAP = 0xfffd;

export const ringStartChecks: readonly Check[] = [
  {
    id: 'ring-serves',
    title: 'A started and enabled ring serves its requests',
    section: SECTION.ringStates,
    rule: 'Started and enabled: the back-end must process the ring normally.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      return verdictOf(await frontEnd.work(device, ring, 4));
    },
  },
  {
    id: 'call-after-completion',
    title: 'A completion signals the call fd',
    section: entryOf('SET_VRING_CALL'),
    rule: 'The event file descriptor to signal when buffers are used.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running();
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      ring.takeCalls();
      const done = await frontEnd.work(device, ring);
      if (!done.ok) return done.error;
      return (await bench.signalled(ring))
        ? PASS
        : finding('The request came back and the call fd was not signalled');
    },
  },
  {
    id: 'enable-before-start',
    title: 'A ring that is enabled before it is started serves once it is',
    section: SECTION.ringStates,
    rule: 'The enabled state of a stopped ring is tracked, so that it takes effect once the ring is started.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        ...rings.map((index) => () => fe.enable(index)),
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.giveKick(index)),
      ]);
      return failed === null ? verdictOf(await fe.work(device.value, fe.ring(workRing))) : failed.error;
    },
  },
  {
    id: 'disabled-ring-has-no-effect',
    title: 'A started ring that is not enabled has no side effects; a network device discards what it sends',
    section: SECTION.ringStates,
    rule: 'Started and disabled: it must not supply RX packets, but must process and discard any TX packets.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      if (!device.value.discardsWhileDisabled)
        return notApplicable(
          'the specification gives the network device as its example, and says nothing of others',
        );
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.giveKick(index)),
      ]);
      return failed === null ? verdictOf(await fe.work(device.value, fe.ring(workRing))) : failed.error;
    },
  },
  {
    id: 'kick-before-enable',
    title: 'Work that was kicked while the ring was disabled is not forgotten when it is enabled',
    section: SECTION.ringStates,
    rule: 'Rings are started by a kick and enabled by SET_VRING_ENABLE: two independent states, in any order.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.giveKick(index)),
      ]);
      if (failed !== null) return failed.error;
      const ring = fe.ring(workRing);
      ring.add(fe.request(device.value));
      ring.kick();
      const enabled = await firstFailure(rings.map((index) => () => fe.enable(index)));
      return enabled === null ? verdictOf(await fe.finish(device.value, ring)) : enabled.error;
    },
  },
  {
    id: 'kick-before-its-fd-is-sent',
    title: 'A kick fd that is readable when it arrives starts the ring',
    section: SECTION.ringStates,
    rule: 'A kick is "detecting that the file descriptor is readable".',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const ring = fe.ring(workRing);
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.enable(index)),
        ...rings.filter((index) => index !== workRing).map((index) => () => fe.giveKick(index)),
      ]);
      if (failed !== null) return failed.error;
      ring.add(fe.request(device.value));
      ring.kick();
      const given = await fe.giveKick(workRing);
      return given.ok ? verdictOf(await fe.finish(device.value, ring)) : given.error;
    },
  },
  {
    id: 'no-start-without-kick-fd',
    title: 'A ring without its kick is stopped: nothing is taken from it',
    section: SECTION.ringStates,
    rule: 'Each ring is initialized in a stopped state; while stopped it must not be processed at all.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.enable(index)),
      ]);
      if (failed !== null) return failed.error;
      const ring = fe.ring(workRing);
      ring.add(fe.request(device.value));
      return (await stays(() => ring.usedIndex === 0))
        ? PASS
        : finding('The back-end served a ring that it had no kick for');
    },
  },
  {
    id: 'ring-by-itself',
    title: 'A ring serves though no other ring of its device is started',
    section: SECTION.ringStates,
    rule: 'Starting, stopping, enabling and disabling are said of each ring.',
    level: 'should',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      if (device.value.rings.length === 1) return notApplicable('the device has one ring');
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const memory = await fe.shareMemory();
      if (!memory.ok) return memory.error;
      const ring = await fe.startRing(device.value.workRing);
      return ring.ok ? verdictOf(await fe.work(device.value, ring.value)) : ring.error;
    },
  },
  {
    id: 'enabled-without-protocol-features',
    title: 'Where bit 30 is not acknowledged, rings are enabled from the beginning',
    section: SECTION.ringStates,
    rule: 'Upon SET_FEATURES without VHOST_USER_F_PROTOCOL_FEATURES the back-end must enable all rings.',
    level: 'must',
    run: async (bench) => {
      const device = bench.device();
      if (!device.ok) return device.error;
      const frontEnd = await bench.negotiated({ without: virtioMask('VHOST_USER_F_PROTOCOL_FEATURES') });
      if (!frontEnd.ok) return frontEnd.error;
      const fe = frontEnd.value;
      const { rings, workRing } = device.value;
      const failed = await firstFailure([
        () => fe.shareMemory(),
        ...rings.map((index) => () => fe.setUpRing(index)),
        ...rings.map((index) => () => fe.giveKick(index)),
      ]);
      if (failed !== null) return failed.error;
      const done = await fe.work(device.value, fe.ring(workRing), 2);
      return verdictOf(done);
    },
  },
  {
    id: 'base-of-the-start',
    title: 'A ring starts at the index of SET_VRING_BASE and goes on over the wrap of 16 bits',
    section: entryOf('SET_VRING_BASE'),
    rule: 'Sets the next index of the available ring to process; the used index is read from memory.',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running({}, BEFORE_WRAP);
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      return verdictOf(await frontEnd.work(device, ring, 6));
    },
  },
  {
    id: 'indirect-descriptors',
    title: 'An indirect table is served where INDIRECT_DESC is negotiated',
    section: entryOf('SET_FEATURES'),
    rule: 'Enables the features of the mask: with INDIRECT_DESC a descriptor may name a table (virtio 1.2, 2.7.5.3).',
    level: 'must',
    run: async (bench) => {
      const running = await bench.running({ virtio: virtioMask('F_INDIRECT_DESC') });
      if (!running.ok) return running.error;
      const { frontEnd, device, ring } = running.value;
      if (!hasVirtio(frontEnd.features, 'F_INDIRECT_DESC'))
        return notApplicable('INDIRECT_DESC is not offered');
      ring.addIndirect(frontEnd.request(device));
      ring.kick();
      return verdictOf(await frontEnd.finish(device, ring));
    },
  },
];
