import { describe, expect, it } from 'vitest';
import { BackOff } from './back-off.ts';
import { RateLimit } from './rate-limit.ts';

describe('RateLimit', () => {
  it('lets five lines of a kind through and says afterwards how many were held back', () => {
    const limit = new RateLimit();
    const answers = Array.from({ length: 8 }, () => limit.admit('size', 0));
    expect(answers).toEqual([0, 0, 0, 0, 0, null, null, null]);
    expect(limit.admit('size', 10_000)).toBe(3);
    expect(limit.admit('size', 10_001)).toBe(0);
  });

  it('keeps kinds apart', () => {
    const limit = new RateLimit();
    for (let line = 0; line < 9; line++) limit.admit('size', 0);
    expect(limit.admit('field', 0)).toBe(0);
  });
});

describe('BackOff', () => {
  it('doubles from 0.1 s to 5 s and begins anew after a success', () => {
    const backOff = new BackOff();
    const waits = Array.from({ length: 8 }, () => backOff.take());
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    backOff.reset();
    expect(backOff.take()).toBe(100);
  });
});
