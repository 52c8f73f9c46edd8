import { describe, expect, it } from 'vitest';
import { SessionBench, type BenchOptions } from './testing/session-bench.ts';

const ZERO_ONLY = { restoreIndex: 'zero-only' } as const;

/** Both rings of a session whose accelerator starts at index 0 only. */
async function running(base: number, options: BenchOptions = {}): Promise<SessionBench> {
  const bench = new SessionBench({ capabilities: ZERO_ONLY, ...options });
  bench.negotiate();
  bench.startRing(0, base);
  bench.startRing(1, base);
  await bench.settle();
  return bench;
}

/** The guest's traffic moves the ring; the engine's counters are read. */
async function move(bench: SessionBench, index: number, position: number): Promise<void> {
  bench.ring(index).position = position;
  bench.runner.sample();
  await bench.settle();
}

describe('A device that starts rings at index 0 only', () => {
  it('gets a ring that starts at 0 at once: the engine is held before it starts', async () => {
    const bench = await running(0, { desired: 'accelerated' });
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', wrap: null });
    expect(bench.queue(1).transitions.map(({ to }) => to)).not.toContain('software');
  });

  it('waits in arming(wrap) with the descriptors to go, served by the engine', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'arming',
      step: { name: 'wrap', number: 1, of: 4, remaining: 256, perSecond: null },
      owner: { kind: 'engine' },
      reason: null,
    });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', held: true });
    expect(bench.ring(0).held).toBe(false);
  });

  it('tells how fast the index comes nearer, also when it does not', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await bench.pass(1000);
    await move(bench, 1, 65_380);
    expect(bench.queue(1).step).toMatchObject({ remaining: 156, perSecond: 100 });
    await bench.pass(1000);
    await move(bench, 1, 65_380);
    expect(bench.queue(1).step).toMatchObject({ remaining: 156, perSecond: 0 });
  });

  it('takes the ring when the index wraps, and passes through start and offer', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await move(bench, 1, 0);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', wrap: null, blackoutNs: 1000 });
    expect(bench.queue(1).transitions.map(({ to }) => to)).toEqual([
      'software',
      'arming(wrap)',
      'arming(start)',
      'arming(offer)',
      'mapped',
    ]);
  });

  it('is let go of by desired software, and the engine serves on past 0', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    bench.setDesired(1, 'software');
    expect(bench.queue(1)).toMatchObject({ phase: 'software', wrap: null, reason: null });
    expect(bench.ring(1).held).toBe(false);
  });

  it('is let go of by cancel', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    bench.runner.post({ kind: 'cancel', queue: 1, request: 7 });
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'cancelled' } });
    expect(bench.ring(1).held).toBe(false);
  });

  it('that fails at 0 leaves the ring with the engine, not held', async () => {
    const bench = await running(65_280);
    const faults = bench.accelerators[0]?.faults;
    if (faults !== undefined) faults.refuseStart = { code: 'EIO', message: 'The device is dead' };
    bench.setDesired(1, 'accelerated');
    await move(bench, 1, 0);
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'accelerator-failed' } });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', held: false });
  });

  it('is waited for again after the ring came back at another index', async () => {
    const bench = await running(0, { desired: 'accelerated' });
    bench.ring(1).position = 100;
    bench.setMemory();
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({
      phase: 'arming',
      step: { name: 'wrap', remaining: 65_436 },
      desired: 'accelerated',
    });
  });

  it('is no longer waited for when the ring stops, and again from its next start', async () => {
    const bench = await running(65_280);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.stopRing(1)).toBe(65_280);
    expect(bench.queue(1)).toMatchObject({ phase: 'down', wrap: null, step: null });
    bench.startRing(1, 65_300);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'arming', step: { name: 'wrap', remaining: 236 } });
  });

  it('is refused at once where it lacks a feature, however near the index', async () => {
    const bench = await running(65_280, { capabilities: { ...ZERO_ONLY, features: 0n } });
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      wrap: null,
      reason: { code: 'accelerator-lacks-feature' },
    });
  });
});
