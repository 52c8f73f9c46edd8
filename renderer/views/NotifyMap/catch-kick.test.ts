import { describe, expect, it } from 'vitest';
import type { Sample } from '../../store/history.ts';
import { caughtKick } from './catch-kick.ts';

const sample = (
  kicks: number | null,
  doorbells: number | null,
  availIdx: number | null,
  usedIdx = 0,
): Sample => ({
  at: 0,
  counters: { kicks, doorbells, interrupts: 0, calls: 0, engineDescriptors: 0, deviceDescriptors: null },
  availIdx,
  usedIdx,
});

describe('caughtKick', () => {
  it('waits as long as the guest offers nothing', () => {
    expect(caughtKick(sample(5, 1, 10), sample(6, 1, 10))).toBeNull();
  });

  it('tells eventfd, doorbell and neither apart', () => {
    expect(caughtKick(sample(5, 1, 10), sample(7, 1, 12))).toBe('It went by eventfd: 2 kicks, avail +2.');
    expect(caughtKick(sample(5, 1, 65_535), sample(5, 2, 1))).toBe(
      'No eventfd; the doorbell changed once, avail +2.',
    );
    expect(caughtKick(sample(5, null, 1), sample(5, null, 2, 1))).toBe(
      'No kick was seen and the ring moved, avail +1.',
    );
    expect(caughtKick(sample(5, null, 1), sample(5, null, 2))).toBe(
      'No kick was seen and nothing moved, avail +1.',
    );
  });

  it('says so where the ring cannot be read', () => {
    expect(caughtKick(sample(5, 1, null), sample(5, 1, null))).toMatch(/cannot be read/);
  });
});
