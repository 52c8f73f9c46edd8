import { describe, expect, it } from 'vitest';
import { SessionBench } from './testing/session-bench.ts';

const TX = 1;

async function software(): Promise<SessionBench> {
  const bench = new SessionBench();
  bench.negotiate();
  bench.startRing(TX);
  await bench.settle();
  return bench;
}

async function mapped(options: { readonly mapsReadable?: boolean } = {}): Promise<SessionBench> {
  const bench = await software();
  bench.frontEnd.mapsReadable = options.mapsReadable ?? true;
  bench.setDesired(TX, 'accelerated');
  await bench.settle();
  return bench;
}

/** A guest that rings the page and is served. */
function rings(bench: SessionBench, times = 1): void {
  const { counters } = bench.ring(TX);
  counters.doorbells = (counters.doorbells ?? 0) + times;
  counters.provenWakes = (counters.provenWakes ?? 0) + times;
  counters.deviceDescriptors = (counters.deviceDescriptors ?? 0) + times;
  counters.interrupts = (counters.interrupts ?? 0) + times;
  counters.availIdx = (counters.availIdx ?? 0) + times;
  counters.usedIdx = (counters.usedIdx ?? 0) + times;
}

/** A guest that kicks by eventfd, whoever serves it. */
function kicks(bench: SessionBench, times = 1): void {
  const { counters } = bench.ring(TX);
  counters.kicks = (counters.kicks ?? 0) + times;
}

describe('Evidence in software', () => {
  it('is 1 when the ring starts and 3 once the engine has served it', async () => {
    const bench = await software();
    expect(bench.queue(TX)).toMatchObject({ evidence: 1, interruptEvidence: 1 });
    bench.ring(TX).counters.engineDescriptors = 1;
    bench.ring(TX).counters.calls = 1;
    bench.runner.sample();
    expect(bench.queue(TX)).toMatchObject({ evidence: 3, interruptEvidence: 3 });
  });

  it('about interrupts is 0 without a call fd', async () => {
    const bench = await software();
    bench.send('SET_VRING_CALL', { index: TX, noFd: true });
    expect(bench.queue(TX).interruptEvidence).toBe(0);
  });
});

describe('Evidence of a mapped page', () => {
  it('is 2 when the page is seen in the maps, and 1 where they cannot be read', async () => {
    expect((await mapped()).queue(TX)).toMatchObject({ evidence: 2, mapsReadable: true });
    expect((await mapped({ mapsReadable: false })).queue(TX)).toMatchObject({
      evidence: 1,
      mapsReadable: false,
      mapsReason: 'EACCES',
    });
  });

  it('is 3 after one doorbell without a kick, at the very next look', async () => {
    const bench = await mapped();
    rings(bench);
    bench.runner.sample();
    expect(bench.queue(TX)).toMatchObject({ evidence: 3, interruptEvidence: 3, contradiction: null });
  });

  it('does not count what happened before the page was mapped', async () => {
    const bench = await software();
    rings(bench, 5);
    bench.setDesired(TX, 'accelerated');
    await bench.settle();
    bench.runner.sample();
    expect(bench.queue(TX).evidence).toBe(2);
  });

  it('is not proven in a window in which a kick came', async () => {
    const bench = await mapped();
    rings(bench);
    kicks(bench);
    bench.runner.sample();
    expect(bench.queue(TX).evidence).toBe(2);
    rings(bench);
    bench.runner.sample();
    expect(bench.queue(TX).evidence).toBe(3);
  });

  it('starts anew with each generation', async () => {
    const bench = await mapped();
    rings(bench);
    bench.runner.sample();
    bench.setDesired(TX, 'software');
    await bench.settle();
    expect(bench.queue(TX).evidence).toBe(1);
    bench.setDesired(TX, 'accelerated');
    await bench.pass(100);
    expect(bench.queue(TX)).toMatchObject({ phase: 'mapped', evidence: 2 });
  });

  it('is proven by movement on both sides where doorbells cannot be counted', async () => {
    const bench = await mapped();
    const { counters } = bench.ring(TX);
    counters.provenWakes = null;
    counters.availIdx = 9;
    counters.usedIdx = 9;
    bench.runner.sample();
    expect(bench.queue(TX).evidence).toBe(3);
  });
});

describe('A contradiction', () => {
  it('kicks-after-ack when kicks go on well after the acknowledgement; it takes the proof back', async () => {
    const bench = await mapped();
    rings(bench);
    bench.runner.sample();
    expect(bench.queue(TX).evidence).toBe(3);
    await bench.pass(600);
    kicks(bench, 2);
    bench.runner.sample();
    expect(bench.queue(TX)).toMatchObject({
      phase: 'mapped',
      contradiction: { code: 'kicks-after-ack' },
      evidence: 2,
    });
  });

  it('does not follow from kicks that were on their way', async () => {
    const bench = await mapped();
    await bench.pass(100);
    kicks(bench, 5);
    bench.runner.sample();
    expect(bench.queue(TX).contradiction).toBeNull();
  });

  it('doorbell-unseen when what the guest offered waits and nothing moves; from then on the ring is polled', async () => {
    const bench = await mapped();
    bench.ring(TX).counters.availIdx = 4;
    bench.runner.sample();
    bench.runner.sample();
    await bench.pass(1600);
    bench.runner.sample();
    expect(bench.queue(TX)).toMatchObject({ contradiction: { code: 'doorbell-unseen' }, guardPoll: true });
  });

  it('ends with the generation', async () => {
    const bench = await mapped();
    await bench.pass(600);
    kicks(bench, 2);
    bench.runner.sample();
    bench.setDesired(TX, 'software');
    await bench.settle();
    expect(bench.queue(TX)).toMatchObject({ phase: 'software', contradiction: null, guardPoll: false });
  });
});

describe('A ring that broke', () => {
  it('is stopped, down with its reason, and its page removed', async () => {
    const bench = await mapped();
    bench.ring(TX).counters.broken = 'ring-chain-too-long';
    bench.runner.sample();
    expect(bench.queue(TX)).toMatchObject({ phase: 'down', reason: { code: 'ring-chain-too-long' } });
    await bench.settle();
    expect(bench.frontEnd.mapped.size).toBe(0);
  });

  it('stays down until it is set up anew', async () => {
    const bench = await software();
    bench.ring(TX).counters.broken = 'ring-index-jumped';
    bench.runner.sample();
    bench.runner.sample();
    expect(bench.queue(TX).phase).toBe('down');
    bench.stopRing(TX);
    bench.startRing(TX);
    expect(bench.queue(TX)).toMatchObject({ phase: 'software', reason: null });
  });
});
