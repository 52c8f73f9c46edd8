/** Ancillary data: how many fds, of what, for which queue. */
import type { Fd } from '../../addon/surface.ts';
import { FRONTEND, type FrontendName } from '../../wire/table/frontend.ts';
import { entryOf, SECTION, type Check } from '../check.ts';
import { RAM_BYTES } from '../driver-ring.ts';
import { offers } from '../facts.ts';
import { WHOLE_RAM, type FrontEnd } from '../front-end.ts';
import { finding, notApplicable, PASS } from '../verdict.ts';

interface Refused {
  readonly id: string;
  readonly title: string;
  readonly request: FrontendName;
  readonly section?: string;
  readonly rule: string;
  readonly level?: Check['level'];
  /** Some back-ends write where the index points to. */
  readonly destructive?: true;
  readonly body: Uint8Array;
  readonly fds: (frontEnd: FrontEnd) => readonly Fd[];
}

/** A queue that no back-end here has. */
const FAR = 200;

const { SET_VRING_KICK, SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ENABLE, SET_MEM_TABLE, SET_VRING_ADDR } =
  FRONTEND;
const kickBody = SET_VRING_KICK.payload.encode({ index: 0, noFd: false });
const farFd = SET_VRING_KICK.payload.encode({ index: FAR, noFd: false });
const table = SET_MEM_TABLE.payload.encode({ regions: [WHOLE_RAM] });
const twoRegions = SET_MEM_TABLE.payload.encode({
  regions: [
    { ...WHOLE_RAM, size: RAM_BYTES / 2n },
    { ...WHOLE_RAM, size: RAM_BYTES / 2n, mmapOffset: RAM_BYTES / 2n },
  ],
});

const refusedFds: readonly Refused[] = [
  {
    id: 'kick-without-fd',
    title: 'SET_VRING_KICK without an fd and without the invalid FD flag is refused',
    request: 'SET_VRING_KICK',
    rule: 'Bit 8 is set when there is no file descriptor in the ancillary data.',
    body: kickBody,
    fds: () => [],
  },
  {
    id: 'kick-with-two-fds',
    title: 'SET_VRING_KICK with two fds is refused',
    request: 'SET_VRING_KICK',
    rule: 'The event file descriptor, one, is passed in the ancillary data.',
    body: kickBody,
    fds: (frontEnd) => [frontEnd.eventfd(), frontEnd.eventfd()],
  },
  {
    id: 'owner-with-fd',
    title: 'SET_OWNER with an fd is refused',
    request: 'SET_OWNER',
    section: SECTION.communication,
    rule: 'The messages that carry file descriptors are listed; SET_OWNER is none of them.',
    body: new Uint8Array(0),
    fds: (frontEnd) => [frontEnd.memfd(4096n)],
  },
  {
    id: 'table-with-too-few-fds',
    title: 'SET_MEM_TABLE with fewer fds than regions is refused',
    request: 'SET_MEM_TABLE',
    rule: 'The size and ordering of the fds matches the number and ordering of memory regions.',
    level: 'must',
    body: twoRegions,
    fds: (frontEnd) => [frontEnd.ramFile()],
  },
  {
    id: 'table-of-nine-regions',
    title: 'SET_MEM_TABLE that claims more regions than it has room for is refused',
    request: 'SET_MEM_TABLE',
    section: SECTION.regions,
    rule: 'num regions counts region0 to region7.',
    level: 'must',
    body: claimRegions(table, 9),
    fds: (frontEnd) => [frontEnd.ramFile()],
  },
  {
    id: 'table-not-mappable',
    title: 'SET_MEM_TABLE with an fd that cannot be mapped is refused',
    request: 'SET_MEM_TABLE',
    section: SECTION.replyAck,
    rule: 'The payload is non-zero on failure, and memory that is not mapped is one.',
    level: 'must',
    body: table,
    fds: (frontEnd) => [frontEnd.eventfd()],
  },
  {
    id: 'far-num',
    destructive: true,
    title: 'SET_VRING_NUM of a queue that does not exist is refused',
    request: 'SET_VRING_NUM',
    section: SECTION.multiQueue,
    rule: 'The front-end names a queue by its index; the back-end says how many it has.',
    body: SET_VRING_NUM.payload.encode({ index: 100_000, num: 64 }),
    fds: () => [],
  },
  {
    id: 'far-base',
    destructive: true,
    title: 'SET_VRING_BASE of a queue that does not exist is refused',
    request: 'SET_VRING_BASE',
    section: SECTION.multiQueue,
    rule: 'The front-end names a queue by its index; the back-end says how many it has.',
    body: SET_VRING_BASE.payload.encode({ index: 100_000, num: 0 }),
    fds: () => [],
  },
  {
    id: 'far-enable',
    destructive: true,
    title: 'SET_VRING_ENABLE of a queue that does not exist is refused',
    request: 'SET_VRING_ENABLE',
    section: SECTION.multiQueue,
    rule: 'The front-end names a queue by its index; the back-end says how many it has.',
    body: SET_VRING_ENABLE.payload.encode({ index: 100_000, num: 1 }),
    fds: () => [],
  },
  {
    id: 'far-kick',
    title: 'SET_VRING_KICK of a queue that does not exist is refused',
    request: 'SET_VRING_KICK',
    section: SECTION.multiQueue,
    rule: 'Bits 0 to 7 of the payload name the queue; the back-end says how many it has.',
    body: farFd,
    fds: (frontEnd) => [frontEnd.eventfd()],
  },
  {
    id: 'far-call',
    title: 'SET_VRING_CALL of a queue that does not exist is refused',
    request: 'SET_VRING_CALL',
    section: SECTION.multiQueue,
    rule: 'Bits 0 to 7 of the payload name the queue; the back-end says how many it has.',
    body: farFd,
    fds: (frontEnd) => [frontEnd.eventfd()],
  },
  {
    id: 'num-not-a-power-of-two',
    title: 'SET_VRING_NUM of 100 is refused',
    request: 'SET_VRING_NUM',
    rule: 'Sets the size of the queue, which for a split ring is a power of two (virtio 1.2, 2.7).',
    body: SET_VRING_NUM.payload.encode({ index: 0, num: 100 }),
    fds: () => [],
  },
  {
    id: 'num-zero',
    title: 'SET_VRING_NUM of 0 is refused',
    request: 'SET_VRING_NUM',
    rule: 'Sets the size of the queue; a queue of size 0 does not exist (virtio 1.2, 4.1.5.1.3).',
    body: SET_VRING_NUM.payload.encode({ index: 0, num: 0 }),
    fds: () => [],
  },
  {
    id: 'address-outside-memory',
    title: 'A ring outside of the memory table does no harm',
    request: 'SET_VRING_ADDR',
    section: 'Memory access',
    rule: 'User addresses map to the memory region that contains them; without one there is no ring.',
    body: SET_VRING_ADDR.payload
      .encode({
        index: 0,
        logsUsedRing: false,
        desc: WHOLE_RAM.frontendAddress,
        used: WHOLE_RAM.frontendAddress,
        avail: WHOLE_RAM.frontendAddress,
        log: 0n,
      })
      .map((byte, at) => (at >= 8 && at % 8 === 7 ? 0x10 : byte)),
    fds: () => [],
  },
];

/** The same table with another count of regions. */
function claimRegions(body: Uint8Array, count: number): Uint8Array {
  const bytes = Uint8Array.from(body);
  new DataView(bytes.buffer).setUint32(0, count, true);
  return bytes;
}

/** Refusals that may also come later, when the ring is started: the acknowledgement says nothing of them. */
const LATE = new Set(['address-outside-memory']);

function refusedCheck(row: Refused): Check {
  return {
    id: row.id,
    title: row.title,
    section: row.section ?? entryOf(row.request),
    rule: row.rule,
    level: row.level ?? 'should',
    destructive: row.destructive ?? false,
    run: async (bench) => {
      if (!offers(bench.facts, 'REPLY_ACK'))
        return notApplicable('REPLY_ACK is not offered: nothing would tell');
      const frontEnd = await bench.negotiated();
      if (!frontEnd.ok) return frontEnd.error;
      const fds = row.fds(frontEnd.value);
      const answer = await frontEnd.value.talk.refusal(
        { request: FRONTEND[row.request].id, body: row.body },
        fds,
      );
      if (!answer.ok) return answer.error;
      return answer.value === 'accepted' && !LATE.has(row.id)
        ? finding(`${row.request} was acknowledged with 0, as carried out`)
        : PASS;
    },
  };
}

export const fdChecks: readonly Check[] = refusedFds.map(refusedCheck);
