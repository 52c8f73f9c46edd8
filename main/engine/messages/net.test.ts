import { expect, it } from 'vitest';
import { SessionBench } from '../testing/session-bench.ts';

it('SEND_RARP announces the address in the first six bytes of its payload, whatever follows them', () => {
  const bench = new SessionBench();
  bench.negotiate();
  expect(bench.ask('SEND_RARP', 0xffff_0700_0000_5452n)).toBe(0n);
  expect(bench.dataPath.announced).toEqual([0x0700_0000_5452n]);
});

it('NET_SET_MTU is taken up to the MTU of the endpoint, and refused beyond it or below the least there is', () => {
  const bench = new SessionBench({ mtu: 9000 });
  bench.negotiate();
  expect(bench.ask('NET_SET_MTU', 9000n)).toBe(0n);
  expect(bench.ask('NET_SET_MTU', 68n)).toBe(0n);
  expect(bench.ask('NET_SET_MTU', 67n)).toBe(1n);
  expect(bench.ask('NET_SET_MTU', 9001n)).toBe(1n);
  expect(bench.closedBecause).toBeNull();
});
