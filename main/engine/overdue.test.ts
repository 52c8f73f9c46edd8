import { expect, it } from 'vitest';
import { SessionBench } from './testing/session-bench.ts';

async function waiting(): Promise<SessionBench> {
  const bench = new SessionBench();
  bench.negotiate();
  bench.startRing(1);
  bench.setDesired(1, 'accelerated');
  await bench.settle();
  bench.frontEnd.mapsReadable = false;
  bench.stopRing(1);
  bench.startRing(1);
  bench.frontEnd.frozen = true;
  await bench.pass(2300);
  expect(bench.queue(1)).toMatchObject({ phase: 'arming', step: { name: 'hold' } });
  bench.stopRing(1);
  bench.startRing(1);
  bench.setDesired(1, 'accelerated');
  await bench.settle();
  expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'answer-missing' } });
  return bench;
}

it('a retry that waits for an answer which never came says so, and goes on when it comes', async () => {
  const bench = await waiting();
  bench.frontEnd.frozen = false;
  await bench.pass(1000);
  expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
});

it('the end of the connection ends the wait: no answer can come any more', async () => {
  const bench = await waiting();
  bench.disconnect();
  expect(bench.queue(1)).toMatchObject({ phase: 'down', reason: null });
});
