import { expect, it } from 'vitest';
import { SessionBench } from '../testing/session-bench.ts';

it('SEND_RARP announces the address in the first six bytes of its payload, whatever follows them', () => {
  const bench = new SessionBench();
  bench.negotiate();
  expect(bench.ask('SEND_RARP', 0xffff_0700_0000_5452n)).toBe(0n);
  expect(bench.dataPath.announced).toEqual([0x0700_0000_5452n]);
});
