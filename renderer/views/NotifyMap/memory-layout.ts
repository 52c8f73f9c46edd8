/** Where the memory regions of a front-end and the rings of a queue lie on one bar. Pure. */
import type { MemoryRegion, QueueSnapshot } from '../../../app/contract/snapshot.ts';
import { hex, UNKNOWN } from '../../format/numbers.ts';

export interface RegionBox {
  readonly name: string;
  /** Fractions of the bar, 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly region: MemoryRegion;
}

export interface RingMark {
  readonly letter: 'D' | 'A' | 'U';
  readonly name: string;
  readonly address: string;
  /** In guest-physical addresses; null where no region holds it. */
  readonly guestAddress: bigint | null;
  /** On the bar; null likewise. */
  readonly at: number | null;
}

export interface MemoryLayout {
  readonly boxes: readonly RegionBox[];
  /** Guest addresses that no region backs, between two boxes. */
  readonly holes: readonly { readonly from: number; readonly to: number }[];
  /** Where a region begins before the one below it ends, with both their names. */
  readonly overlaps: readonly { readonly names: string; readonly from: number; readonly to: number }[];
  readonly marks: readonly RingMark[];
}

/** However large or small, a region gets a part of the bar in which its name can be read; a hole gets a little. */
const HOLE = 0.06;
const LEAST = 0.18;

const end = (region: MemoryRegion): bigint => BigInt(region.guestAddress) + BigInt(region.size);

export function memoryLayout(regions: readonly MemoryRegion[], vring: QueueSnapshot['vring']): MemoryLayout {
  const sorted = regions.toSorted((a, b) => (BigInt(a.guestAddress) < BigInt(b.guestAddress) ? -1 : 1));
  const gaps = sorted.map((region, place) => {
    const before = sorted[place - 1];
    return before !== undefined && end(before) < BigInt(region.guestAddress);
  });
  const room = 1 - HOLE * gaps.filter(Boolean).length;
  const weights = sorted.map(({ size }) => Math.log2(Number(BigInt(size)) + 1));
  const sum = weights.reduce((a, b) => a + b, 0);
  const least = Math.min(LEAST, 1 / Math.max(1, sorted.length));
  const shares = weights.map((weight) => least + (weight / Math.max(1, sum)) * (1 - least * sorted.length));
  const boxes: RegionBox[] = [];
  const holes: { from: number; to: number }[] = [];
  let at = 0;
  for (const [place, region] of sorted.entries()) {
    if (gaps[place] === true) {
      holes.push({ from: at, to: at + HOLE });
      at += HOLE;
    }
    const to = at + (shares[place] ?? 0) * room;
    boxes.push({ name: `r${place}`, from: at, to, region });
    at = to;
  }
  return { boxes, holes, overlaps: overlapsOf(boxes), marks: marksOf(boxes, vring) };
}

/** Half of what is drawn of an overlap, to either side of where the two boxes meet. */
const OVERLAP = 0.02;

function overlapsOf(boxes: readonly RegionBox[]): MemoryLayout['overlaps'] {
  return boxes.flatMap((box, place) => {
    const below = boxes[place - 1];
    if (below === undefined || end(below.region) <= BigInt(box.region.guestAddress)) return [];
    return [{ names: `${below.name} and ${box.name}`, from: box.from - OVERLAP, to: box.from + OVERLAP }];
  });
}

function marksOf(boxes: readonly RegionBox[], vring: QueueSnapshot['vring']): readonly RingMark[] {
  if (vring === null) return [];
  const mark = (letter: RingMark['letter'], name: string, address: string): RingMark => {
    const value = BigInt(address);
    for (const { from, to, region } of boxes) {
      const offset = value - BigInt(region.frontendAddress);
      if (offset < 0n || offset >= BigInt(region.size)) continue;
      const share = Number((offset * 10_000n) / BigInt(region.size)) / 10_000;
      const guestAddress = BigInt(region.guestAddress) + offset;
      return { letter, name, address, guestAddress, at: from + share * (to - from) };
    }
    return { letter, name, address, guestAddress: null, at: null };
  };
  return [
    mark('D', 'descriptors', vring.desc),
    mark('A', 'avail ring', vring.avail),
    mark('U', 'used ring', vring.used),
  ];
}

/** Its guest-physical address; unknown where no region holds it. */
export const markText = ({ guestAddress }: RingMark): string =>
  guestAddress === null ? UNKNOWN : hex(`0x${guestAddress.toString(16)}`);

/** Letters as wide as this part of the bar would lie on one another. */
const LETTER = 0.012;

/** Where the letters stand, in order along the bar: side by side where their marks are too close. */
export function lettersOf(
  marks: readonly RingMark[],
): readonly { readonly letter: RingMark['letter']; readonly at: number; readonly letterAt: number }[] {
  const inside = marks
    .flatMap(({ letter, at }) => (at === null ? [] : [{ letter, at }]))
    .toSorted((a, b) => a.at - b.at);
  let last = -LETTER;
  return inside.map((mark) => {
    last = Math.max(mark.at, last + LETTER);
    return { ...mark, letterAt: last };
  });
}

/** `3 GiB`, `256 MiB`, `4 KiB`; exact multiples only go to the larger unit. */
export function bytes(size: bigint): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  let value = size;
  let unit = 0;
  while (unit < units.length - 1 && value >= 1024n && value % 1024n === 0n) {
    value /= 1024n;
    unit += 1;
  }
  return `${value} ${units[unit] ?? 'B'}`;
}
