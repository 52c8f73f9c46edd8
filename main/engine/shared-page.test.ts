import { describe, expect, it } from 'vitest';
import { SessionBench } from './testing/session-bench.ts';

async function started(): Promise<SessionBench> {
  const bench = new SessionBench({ queuePairs: 2 });
  bench.negotiate();
  for (const index of [0, 1, 2, 3]) bench.startRing(index);
  await bench.settle();
  return bench;
}

describe('A page that two queues were sent', () => {
  it('contradicts both as soon as it is mapped, before any traffic, and has both polled', async () => {
    const bench = await started();
    const [accelerator] = bench.accelerators;
    if (accelerator !== undefined) accelerator.faults.sharesPage = true;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1).contradiction).toBeNull();
    bench.setDesired(3, 'accelerated');
    await bench.settle();
    for (const index of [1, 3]) {
      expect(bench.queue(index)).toMatchObject({
        phase: 'mapped',
        contradiction: { code: 'page-rung-by-other' },
      });
      expect(bench.queue(index).contradiction?.message).toMatch(/^q1, q3 were sent/);
      expect(bench.ring(index).guarded).toBe(true);
    }
    expect(bench.queue(0).contradiction).toBeNull();
  });

  it('is not what two queues with pages of their own have', async () => {
    const bench = await started();
    for (const index of [0, 1, 2, 3]) bench.setDesired(index, 'accelerated');
    await bench.settle();
    expect(bench.runner.state.queues.map((queue) => queue.contradiction)).toEqual([null, null, null, null]);
  });
});
