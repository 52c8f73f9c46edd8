import { describe, expect, it } from 'vitest';
import type { LabQueue } from './engine-view.ts';
import { isEngineAtRest, ratesBetween, totals, type Reading } from './rates.ts';

const COUNTERS = {
  kicks: 1,
  doorbells: 2,
  interrupts: 3,
  calls: 4,
  engineDescriptors: 5,
  deviceDescriptors: 6,
};
const queue = (index: number, counters: Partial<LabQueue['counters']> = {}): LabQueue => ({
  index,
  enabled: true,
  phase: 'software',
  evidence: 1,
  reason: null,
  blackoutNs: null,
  counters: { ...COUNTERS, ...counters },
});
const reading = (atNs: bigint, count: number, more: Partial<Reading> = {}): Reading => ({
  atNs,
  counters: {
    kicks: count,
    doorbells: count,
    interrupts: count,
    calls: count,
    engineDescriptors: count,
    deviceDescriptors: count,
  },
  workersNs: count,
  simulatedDeviceNs: null,
  ...more,
});

describe('totals', () => {
  it('adds up the queues of all sessions', () => {
    const sessions = [
      { name: 'a', queues: [queue(0), queue(1)] },
      { name: 'b', queues: [queue(0)] },
    ];
    expect(totals(sessions).kicks).toBe(3);
    expect(totals(sessions).deviceDescriptors).toBe(18);
  });

  it('is unknown where one queue is unknown', () => {
    expect(totals([{ name: 'a', queues: [queue(0), queue(1, { doorbells: null })] }]).doorbells).toBeNull();
  });
});

describe('rates', () => {
  it('are counts by the time that passed', () => {
    const rates = ratesBetween(reading(0n, 100), reading(500_000_000n, 600));
    expect(rates.seconds).toBe(0.5);
    expect(rates.kicksPerSecond).toBe(1000);
    expect(rates.completionsPerSecond).toBe(2000);
    expect(rates.engineCompletionsPerSecond).toBe(1000);
  });

  it('give CPU as a share of one core', () => {
    const begin = reading(0n, 0, { workersNs: 1e9 });
    const end = reading(2_000_000_000n, 0, { workersNs: 2e9 });
    expect(ratesBetween(begin, end).workerCpu).toBe(0.5);
  });

  it('stay unknown where either end is unknown', () => {
    const unknown = reading(0n, 0, { counters: { ...reading(0n, 0).counters, doorbells: null } });
    const rates = ratesBetween(unknown, reading(1_000_000_000n, 9));
    expect(rates.doorbellsPerSecond).toBeNull();
    expect(rates.simulatedDeviceCpu).toBeNull();
  });

  it('of no time are unknown, not infinite', () => {
    expect(ratesBetween(reading(5n, 1), reading(5n, 2)).kicksPerSecond).toBeNull();
  });

  it('are of an engine at rest only where nothing kicked it and it completed nothing', () => {
    const begin = reading(0n, 5);
    const later = (counters: Partial<Reading['counters']>) =>
      reading(1n, 5, { counters: { ...begin.counters, ...counters } });
    expect(isEngineAtRest(begin, later({ doorbells: 9, deviceDescriptors: 9 }))).toBe(true);
    expect(isEngineAtRest(begin, later({ kicks: 6 }))).toBe(false);
    expect(isEngineAtRest(begin, later({ engineDescriptors: 6 }))).toBe(false);
  });
});
