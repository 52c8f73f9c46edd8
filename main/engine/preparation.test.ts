import { describe, expect, it } from 'vitest';
import { SessionBench, type BenchOptions } from './testing/session-bench.ts';

const SLOW = { restoreIndex: 'zero-only', preparesAhead: true } as const;

interface Slow {
  readonly bench: SessionBench;
  /** The device has what it needs. */
  readonly finish: () => Promise<void>;
  readonly isReady: () => boolean;
}

/** One ring of a session whose accelerator gets ready when `finish` is called. */
async function running(base: number, options: BenchOptions = {}): Promise<Slow> {
  const bench = new SessionBench({ capabilities: SLOW, ...options });
  const accelerator = bench.accelerators[0];
  if (accelerator === undefined) throw new Error('the bench has no accelerator');
  let resolve: () => void = () => undefined;
  accelerator.getsReady = new Promise((done) => {
    resolve = done;
  });
  bench.negotiate();
  bench.startRing(1, base);
  await bench.settle();
  return {
    bench,
    finish: async () => {
      resolve();
      await bench.settle();
      bench.runner.sample();
      await bench.settle();
    },
    isReady: () => accelerator.ready.has('bench/1'),
  };
}

describe('An accelerator that needs time before it can take a ring', () => {
  it('gets ready at the start of arming, while the engine serves on unheld', async () => {
    const { bench, finish } = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'arming',
      step: { name: 'prepare', number: 1, of: 5 },
      owner: { kind: 'engine' },
    });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', held: false });
    await finish();
    expect(bench.queue(1).step).toMatchObject({ name: 'wrap', number: 2, remaining: 256 });
    expect(bench.ring(1).held).toBe(true);
  });

  it('takes a ring that is held from its start as soon as it is ready', async () => {
    const { bench, finish } = await running(0, { desired: 'accelerated' });
    expect(bench.queue(1).step?.name).toBe('prepare');
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', held: true });
    await finish();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', wrap: null });
  });

  it('that cannot get ready leaves the ring with the engine, unheld, with the reason', async () => {
    const { bench, finish } = await running(0, { desired: 'accelerated' });
    const faults = bench.accelerators[0]?.faults;
    if (faults !== undefined) faults.refusePrepare = { code: 'dma-window', message: 'Out of reach' };
    await finish();
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      preparation: null,
      reason: { code: 'accelerator-failed' },
    });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', held: false });
  });

  it('is let go of when software is desired again', async () => {
    const { bench, finish, isReady } = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await finish();
    expect(isReady()).toBe(true);
    bench.setDesired(1, 'software');
    expect(bench.queue(1)).toMatchObject({ phase: 'software', preparation: null });
    expect(isReady()).toBe(false);
  });

  it('that is ready only when the ring is down takes nothing', async () => {
    const { bench, finish } = await running(0, { desired: 'accelerated' });
    bench.stopRing(1);
    await finish();
    expect(bench.queue(1)).toMatchObject({ phase: 'down', preparation: null });
    expect(bench.ring(1).owner).toBe('nobody');
  });

  it('gets ready anew for another memory table', async () => {
    const { bench, finish } = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await finish();
    const { preparation } = bench.queue(1);
    bench.setMemory();
    await bench.settle();
    expect(bench.queue(1).preparation).toMatchObject({ effect: null });
    expect(bench.queue(1).preparation?.memory).not.toBe(preparation?.memory);
    expect(bench.queue(1).step?.name).toBe('wrap');
  });

  it('is let go of after it gave the ring back', async () => {
    const { bench, finish, isReady } = await running(0, { desired: 'accelerated' });
    await finish();
    expect(isReady()).toBe(true);
    bench.setDesired(1, 'software');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', preparation: null });
    expect(isReady()).toBe(false);
  });
});
