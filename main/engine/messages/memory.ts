/**
 * The guest's memory: a whole table, or one region added or removed. Each change maps a new table; rings that
 * run are moved to it before the front-end is answered (`rings.ts`), the old one is released when none is left.
 */
import { encodeReply } from '../../wire/encode.ts';
import type { MemRegion } from '../../wire/payload/mem-region.ts';
import type { Report } from '../events.ts';
import type { FdId } from '../ids.ts';
import type { MemoryState } from '../state.ts';
import type { Turn } from '../turn.ts';
import { done, later, refused, reply, type Outcome } from './outcome.ts';

type Regions = MemoryState['regions'];

const overlap = (a: bigint, aSize: bigint, b: bigint, bSize: bigint): boolean =>
  a < b + bSize && b < a + aSize;

/** The first two regions that share a guest or a front-end address, or null. */
function findOverlap(regions: Regions): string | null {
  for (const [position, { region: one }] of regions.entries())
    for (const { region: other } of regions.slice(position + 1)) {
      if (overlap(one.guestAddress, one.size, other.guestAddress, other.size))
        return 'Two memory regions overlap in guest addresses';
      if (overlap(one.frontendAddress, one.size, other.frontendAddress, other.size))
        return 'Two memory regions overlap in front-end addresses';
    }
  return null;
}

const isSame = (a: MemRegion, b: MemRegion): boolean =>
  a.guestAddress === b.guestAddress && a.frontendAddress === b.frontendAddress && a.size === b.size;

/** How often a front-end added a region: QEMU 7.2 adds and removes it once for every queue pair. */
function count(turn: Turn, region: MemRegion, change: 1 | -1): boolean {
  const { memory } = turn.state;
  const known = memory?.regions.find((one) => isSame(one.region, region));
  if (memory === null || known === undefined || known.copies + change === 0) return false;
  const regions = memory.regions.map((one) =>
    one === known ? { ...one, copies: one.copies + change } : one,
  );
  turn.patch({ memory: { ...memory, regions } });
  return true;
}

function map(turn: Turn, regions: Regions): Outcome {
  const effect = turn.newEffect();
  turn.patch({ mapping: { effect, regions } });
  turn.do({ kind: 'map-memory', id: effect, regions });
  return later(
    turn.state.queues.map((queue) => queue.index),
    [effect],
  );
}

export function setMemTable(turn: Turn, regions: readonly MemRegion[], fds: readonly FdId[]): Outcome {
  const paired: { region: MemRegion; fd: FdId; copies: number }[] = [];
  for (const [position, region] of regions.entries()) {
    const fd = fds[position];
    if (fd !== undefined) paired.push({ region, fd, copies: 1 });
  }
  const problem = findOverlap(paired);
  if (problem === null) return map(turn, paired);
  turn.closeFds(fds);
  return refused('regions', problem);
}

export function addMemReg(turn: Turn, region: MemRegion, fds: readonly FdId[]): Outcome {
  if (count(turn, region, 1)) {
    turn.closeFds(fds);
    return done;
  }
  const before = turn.state.memory?.regions ?? [];
  const regions = [...before, ...fds.slice(0, 1).map((fd) => ({ region, fd, copies: 1 }))];
  const slots = turn.state.config.maxMemorySlots;
  const problem = regions.length > slots ? `There are only ${slots} memory slots` : findOverlap(regions);
  if (problem === null) return map(turn, regions);
  turn.closeFds(fds);
  return refused('region', problem);
}

/** A front-end may send the region's fd along: it is closed unused. */
export function remMemReg(turn: Turn, region: MemRegion, fds: readonly FdId[]): Outcome {
  turn.closeFds(fds);
  if (count(turn, region, -1)) return done;
  const { memory, queues } = turn.state;
  const found = memory?.regions.find((one) => isSame(one.region, region));
  if (memory === null || found === undefined) return refused('region', 'No such memory region is mapped');
  const rest = memory.regions.filter((one) => one !== found);
  if (rest.length > 0) return map(turn, rest);
  turn.patch({ memory: null, retired: [...turn.state.retired, memory.id] });
  turn.closeFds([found.fd]);
  return later(queues.map((queue) => queue.index));
}

export const getMaxMemSlots = (turn: Turn): Outcome =>
  reply(encodeReply('GET_MAX_MEM_SLOTS', BigInt(turn.state.config.maxMemorySlots)));

/** The table is mapped, or not: on failure the old one stays. */
export function memoryMapped(
  turn: Turn,
  report: Extract<Report, { readonly of: 'map-memory' }>,
): { readonly failed: boolean } {
  const { mapping, memory, retired, closed } = turn.state;
  if (mapping === null || closed) {
    if (report.result.ok) turn.do({ kind: 'release-memory', memory: report.result.value });
    return { failed: true };
  }
  const before = memory?.regions ?? [];
  if (!report.result.ok) {
    turn.closeFds(only(mapping.regions, before));
    turn.patch({ mapping: null });
    turn.log('warn', null, report.result.error.code, report.result.error.message);
    return { failed: true };
  }
  turn.closeFds(only(before, mapping.regions));
  turn.patch({
    mapping: null,
    retired: memory === null ? retired : [...retired, memory.id],
    memory: {
      generation: (memory?.generation ?? 0) + 1,
      id: report.result.value,
      regions: mapping.regions,
    },
  });
  return { failed: false };
}

/** Fds of the first list that the second does not hold. */
function only(first: Regions, second: Regions): readonly FdId[] {
  const kept = new Set(second.map((one) => one.fd));
  return first.map((one) => one.fd).filter((fd) => !kept.has(fd));
}

/** Lets go of tables that no ring runs under any more. */
export function releaseRetired(turn: Turn): void {
  const { retired, queues } = turn.state;
  if (retired.length === 0) return;
  const inUse = new Set(
    queues.flatMap(({ memory, op }) => [memory, op !== null && 'memory' in op ? op.memory : null]),
  );
  const free = retired.filter((id) => !inUse.has(id));
  if (free.length === 0) return;
  for (const memory of free) turn.do({ kind: 'release-memory', memory });
  turn.patch({ retired: retired.filter((id) => inUse.has(id)) });
}
