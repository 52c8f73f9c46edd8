import { describe, expect, it } from 'vitest';
import { SessionBench } from './testing/session-bench.ts';

const TX = 1;

/** A queue whose page was seen in the maps. */
async function mapped(): Promise<SessionBench> {
  const bench = new SessionBench();
  bench.negotiate();
  bench.startRing(TX);
  await bench.settle();
  bench.setDesired(TX, 'accelerated');
  await bench.settle();
  expect(bench.queue(TX)).toMatchObject({ phase: 'mapped', evidence: 2 });
  return bench;
}

async function sampleAfter(bench: SessionBench, milliseconds: number): Promise<void> {
  await bench.pass(milliseconds);
  bench.runner.sample();
  await bench.settle();
}

describe('A mapping that is watched', () => {
  it('is looked for again after five seconds, and stays seen while it is there', async () => {
    const bench = await mapped();
    await sampleAfter(bench, 4000);
    expect(bench.looks).toBe(1);
    await sampleAfter(bench, 1000);
    expect(bench.looks).toBe(2);
    expect(bench.queue(TX)).toMatchObject({ evidence: 2, contradiction: null, mappedAt: 0x7f00n });
  });

  it('that two looks in a row miss has vanished: SUSPECT, polled, its place unknown', async () => {
    const bench = await mapped();
    bench.frontEnd.forget(TX);
    await sampleAfter(bench, 5000);
    expect(bench.queue(TX).contradiction).toBeNull();
    await sampleAfter(bench, 500);
    expect(bench.queue(TX)).toMatchObject({
      phase: 'mapped',
      evidence: 1,
      mappedAt: null,
      contradiction: { code: 'mapping-vanished' },
    });
    expect(bench.ring(TX).guarded).toBe(true);
  });

  it('that is missed once, because its front-end is about to stop the ring, has not vanished', async () => {
    const bench = await mapped();
    bench.frontEnd.forget(TX);
    await sampleAfter(bench, 5000);
    bench.stopRing(TX);
    await sampleAfter(bench, 5000);
    expect(bench.queue(TX)).toMatchObject({ phase: 'down', contradiction: null });
    expect(bench.logs.filter((line) => line.includes('mapping-vanished'))).toEqual([]);
  });

  it('is looked for at once when kicks contradict it, and its loss explains them', async () => {
    const bench = await mapped();
    bench.frontEnd.forget(TX);
    const { counters } = bench.ring(TX);
    for (const kicks of [1, 2, 3]) {
      counters.kicks = kicks;
      await sampleAfter(bench, 600);
    }
    await sampleAfter(bench, 500);
    expect(bench.queue(TX).contradiction?.code).toBe('mapping-vanished');
    expect(bench.logs.filter((line) => line.startsWith('warn'))).toEqual([
      'warn 1 kicks-after-ack',
      'warn 1 mapping-vanished',
    ]);
  });

  it('is not looked for again where it was never seen', async () => {
    const bench = new SessionBench();
    bench.frontEnd.isForeign = true;
    bench.negotiate();
    bench.startRing(TX);
    bench.setDesired(TX, 'accelerated');
    await bench.settle();
    await sampleAfter(bench, 20_000);
    expect(bench.looks).toBe(1);
    expect(bench.queue(TX).contradiction).toBeNull();
  });
});
