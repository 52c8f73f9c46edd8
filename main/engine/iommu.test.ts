import { describe, expect, it } from 'vitest';
import type { Iotlb } from '../wire/payload/iotlb.ts';
import { ACCESS_PLATFORM, FEATURES, SessionBench } from './testing/session-bench.ts';

const PAGE = 4096n;
const IOVA = 0x4000_0000n;

const message = (type: Iotlb['type'], more: Partial<Iotlb> = {}): Iotlb => ({
  iova: IOVA,
  size: PAGE,
  userAddress: 0x7f00_0000_0000n,
  readable: true,
  writable: true,
  type,
  ...more,
});

function behindIommu(options: { readonly channel?: boolean } = {}): SessionBench {
  const bench = new SessionBench({ iommu: true });
  const protocol = bench.runner.state.config.offeredProtocol;
  const withoutChannel = protocol & ~(1n << 5n);
  bench.negotiate(options.channel === false ? withoutChannel : protocol, FEATURES | ACCESS_PLATFORM);
  bench.startRing(0);
  bench.startRing(1);
  return bench;
}

/** The ring of queue 1 waits for an address, and the engine has noticed. */
function missing(bench: SessionBench, more: Partial<Iotlb> = {}): void {
  const { iova, readable, writable } = message('miss', { writable: false, ...more });
  bench.ring(1).missing = { iova, readable, writable };
  bench.runner.sample();
}

describe('a ring that waits for a translation', () => {
  it('asks for it once, names the access, and goes on when it comes', () => {
    const bench = behindIommu();
    missing(bench);
    bench.runner.sample();
    expect(bench.misses).toEqual([message('miss', { size: 0n, userAddress: 0n, writable: false })]);
    expect(bench.ask('IOTLB_MSG', message('update'))).toBe(0n);
    expect(bench.ring(1).missing).toBeNull();
    expect(bench.queue(1)).toMatchObject({ translation: null, phase: 'software', reason: null });
    bench.answerWith(0n);
    expect(bench.runner.state.backEnd).toMatchObject({ kind: 'open', outstanding: [] });
  });

  it('says so when none comes, waits on, and forgets it when it comes after all', async () => {
    const bench = behindIommu();
    missing(bench);
    bench.answerWith(0n);
    await bench.pass(2100);
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'iommu-miss-unanswered' } });
    expect(bench.queue(0).reason).toBeNull();
    bench.ask('IOTLB_MSG', message('update'));
    expect(bench.queue(1)).toMatchObject({ translation: null, reason: null });
  });

  it('breaks where the front-end has none, with its answer', () => {
    const bench = behindIommu();
    missing(bench);
    bench.answerWith(1n);
    expect(bench.queue(1)).toMatchObject({ phase: 'down', reason: { code: 'iommu-translation-refused' } });
    expect(bench.queue(0).phase).toBe('software');
  });

  it('breaks where what comes does not permit the access, and the front-end is told', () => {
    const bench = behindIommu();
    missing(bench, { writable: true });
    expect(bench.ask('IOTLB_MSG', message('update', { writable: false }))).toBe(0n);
    expect(bench.misses.map(({ type }) => type)).toEqual(['miss', 'access-fail']);
    expect(bench.queue(1)).toMatchObject({ phase: 'down', reason: { code: 'iommu-access-denied' } });
  });

  it('says so where there is no channel to ask on', () => {
    const bench = behindIommu({ channel: false });
    missing(bench);
    expect(bench.misses).toEqual([]);
    expect(bench.queue(1).reason?.code).toBe('iommu-miss-unanswered');
  });
});

describe('IOTLB_MSG', () => {
  it('is acknowledged with a u64, asked or not', () => {
    const bench = behindIommu();
    expect(bench.send('IOTLB_MSG', message('update'))).toEqual(new Uint8Array(8));
    expect(bench.send('IOTLB_MSG', message('invalidate'))).toEqual(new Uint8Array(8));
  });

  it('that makes no sense is refused and changes nothing', () => {
    const bench = behindIommu();
    expect(bench.ask('IOTLB_MSG', message('update', { size: 0n }))).not.toBe(0n);
    expect(bench.ask('IOTLB_MSG', message('miss'))).not.toBe(0n);
    expect(bench.dataPath.translations).toEqual([]);
  });

  it('invalidates before the answer', () => {
    const bench = behindIommu();
    bench.ask('IOTLB_MSG', message('update'));
    bench.ask('IOTLB_MSG', message('invalidate'));
    expect(bench.dataPath.translations).toEqual([]);
  });

  it('of one life of the device is forgotten when its last ring stops', () => {
    const bench = behindIommu();
    bench.ask('IOTLB_MSG', message('update'));
    bench.stopRing(0);
    expect(bench.dataPath.translations).toHaveLength(1);
    bench.stopRing(1);
    expect(bench.dataPath.translations).toEqual([]);
  });

  it('without ACCESS_PLATFORM is refused', () => {
    const bench = new SessionBench({ iommu: true });
    bench.negotiate();
    expect(bench.ask('IOTLB_MSG', message('update'))).not.toBe(0n);
  });
});

it('passthru is refused while a vIOMMU is active, by its own reason, and nothing is asked of the accelerator', async () => {
  const bench = behindIommu();
  bench.setDesired(1, 'accelerated');
  await bench.settle();
  expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'iommu-active' } });
  expect(bench.ring(1).owner).toBe('engine');
});

it('a guest that starts again without its IOMMU is passed through', async () => {
  const bench = behindIommu();
  bench.setDesired(1, 'accelerated');
  bench.stopRing(0);
  bench.stopRing(1);
  bench.ask('SET_FEATURES', FEATURES);
  bench.startRing(0);
  bench.startRing(1);
  await bench.settle();
  expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
});
