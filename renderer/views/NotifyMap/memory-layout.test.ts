import { describe, expect, it } from 'vitest';
import { bytes, memoryLayout } from './memory-layout.ts';

const LOW = { guestAddress: '0x0', size: '0xc0000000', frontendAddress: '0x7f3c40000000', mmapOffset: '0x0' };
const HIGH = {
  guestAddress: '0x100000000',
  size: '0x400000000',
  frontendAddress: '0x7f3d00000000',
  mmapOffset: '0xc0000000',
};

describe('memoryLayout', () => {
  it('puts regions in order of guest address with a compressed hole between, and fills the bar', () => {
    const { boxes, holes } = memoryLayout([HIGH, LOW], null);
    expect(boxes.map(({ region }) => region)).toEqual([LOW, HIGH]);
    expect(holes).toHaveLength(1);
    expect(boxes[0]?.from).toBe(0);
    expect(boxes[0]?.to).toBeCloseTo(holes[0]?.from ?? -1);
    expect(boxes[1]?.to).toBeCloseTo(1);
  });

  it('finds rings by the front-end’s addresses and says their guest addresses', () => {
    const { marks } = memoryLayout([LOW, HIGH], {
      desc: '0x7f3c40001000',
      avail: '0x7f3d00000000',
      used: '0x1000',
    });
    expect(marks.map(({ guestAddress }) => guestAddress)).toEqual([0x1000n, 0x1_0000_0000n, null]);
    expect(marks[2]?.at).toBeNull();
  });

  it('names the regions that overlap, and none where they only meet', () => {
    const meeting = { ...HIGH, guestAddress: '0xc0000000' };
    const inside = { ...HIGH, guestAddress: '0xbffff000' };
    expect(memoryLayout([LOW, meeting], null).overlaps).toEqual([]);
    expect(memoryLayout([LOW, inside], null).overlaps.map(({ names }) => names)).toEqual(['r0 and r1']);
  });

  it('an empty table has nothing to show', () => {
    expect(memoryLayout([], null)).toEqual({ boxes: [], holes: [], overlaps: [], marks: [] });
  });

  it('sizes use the largest unit that divides them', () => {
    expect([bytes(0xc000_0000n), bytes(256n << 20n), bytes(4097n)]).toEqual(['3 GiB', '256 MiB', '4097 B']);
  });
});
