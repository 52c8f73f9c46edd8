import { describe, expect, it } from 'vitest';
import { extend, KEEP_MS, rate, sampleOf, series, WINDOW_MS, type QueueHistory } from './history.ts';

/** A tick with these kicks, every other counter unknown. */
const tick = (at: number, kicks: number, used = -1) => sampleOf(at, [kicks, -1, -1, -1, -1, -1, -1, used], 0);

const run = (ticks: readonly (readonly [at: number, kicks: number, used?: number])[]): QueueHistory => {
  let history: QueueHistory | undefined;
  for (const [at, kicks, used] of ticks) history = extend(history, tick(at, kicks, used));
  if (history === undefined) throw new Error('no ticks');
  return history;
};

const steady = (seconds: number, perTick: number): QueueHistory =>
  run(Array.from({ length: seconds * 20 + 1 }, (_, place) => [1_000 + place * 50, place * perTick] as const));

describe('history', () => {
  it('-1 in a tick is unknown, 0 is a count', () => {
    const sample = sampleOf(1, [-1, 0, -1, -1, -1, -1, 7, -1], 0);
    expect([sample.counters.kicks, sample.counters.doorbells]).toEqual([null, 0]);
    expect([sample.availIdx, sample.usedIdx]).toEqual([7, null]);
  });

  it('a steady counter has its rate within a second', () => {
    expect(rate(steady(2, 10).kept, 'kicks')).toBeCloseTo(200, 0);
  });

  it('a rate is unknown from a single tick, from an unknown counter, and across a restart', () => {
    expect(rate(steady(0, 10).kept, 'kicks')).toBeNull();
    expect(rate(steady(2, 10).kept, 'doorbells')).toBeNull();
    expect(
      rate(
        run([
          [0, 5_000],
          [500, 6_000],
          [1_000, 10],
        ]).kept,
        'kicks',
      ),
    ).toBeNull();
  });

  it('a counter that stands still has rate 0', () => {
    expect(rate(steady(2, 0).kept, 'kicks')).toBe(0);
  });

  it('queues of different phases keep their samples at different ticks, each as often as the other', () => {
    const kept = [0, 50].map((phaseMs) => {
      let history: QueueHistory | undefined;
      for (let at = 1_000; at < 3_000; at += 50) history = extend(history, tick(at, at), phaseMs);
      return history?.kept.slice(1).map((sample) => sample.at) ?? [];
    });
    const [early = [], late = []] = kept;
    expect(early.length).toBeGreaterThan(6);
    expect(late.length).toBeGreaterThanOrEqual(early.length);
    expect(early.filter((at) => late.includes(at))).toEqual([]);
    for (const times of kept)
      expect(new Set(times.slice(1).map((at, place) => at - (times[place] ?? 0)))).toEqual(
        new Set([KEEP_MS]),
      );
  });

  it('samples older than the window are dropped', () => {
    const history = steady(70, 10);
    const oldest = history.kept[0]?.at ?? 0;
    expect(history.last.at - oldest).toBeLessThanOrEqual(WINDOW_MS + 250);
  });

  it('the series has about one point a second, the newest at 0', () => {
    const points = series(steady(10, 10).kept, 'kicks');
    expect(points.length).toBeGreaterThanOrEqual(9);
    expect(points.length).toBeLessThanOrEqual(12);
    expect(points.at(-1)?.ago).toBeGreaterThan(-1);
  });

  it('the ring moved when the used index moved, also where it wraps', () => {
    expect(
      run([
        [0, 0, 65_535],
        [50, 0, 3],
      ]).movedAt,
    ).toBe(50);
    expect(
      run([
        [0, 0, 9],
        [50, 1, 9],
      ]).movedAt,
    ).toBeNull();
  });

  it('a tick of the past changes nothing', () => {
    const history = steady(1, 10);
    expect(extend(history, tick(500, 1))).toBe(history);
  });
});
