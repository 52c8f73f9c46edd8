import { describe, expect, it } from 'vitest';
import { FEATURES, LOG_ALL, ringAddress, SessionBench, type BenchOptions } from './testing/session-bench.ts';

async function mapped(options: BenchOptions = {}): Promise<SessionBench> {
  const bench = new SessionBench(options);
  bench.negotiate();
  bench.startRing(0);
  bench.startRing(1);
  bench.setDesired(1, 'accelerated');
  await bench.settle();
  expect(bench.queue(1).phase).toBe('mapped');
  return bench;
}

const log = { kind: 'shared', size: 4096n, offset: 0n } as const;

describe('SET_LOG_BASE', () => {
  it('is answered by an empty reply once the bitmap is mapped, and marks nothing yet', async () => {
    const bench = await mapped();
    expect(bench.send('SET_LOG_BASE', log, { fds: [bench.ledger.make('memfd')] })).toEqual(new Uint8Array());
    expect(bench.ring(1).log).toBeNull();
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('with a bitmap that cannot be mapped ends the connection: it cannot be refused', async () => {
    const bench = await mapped();
    bench.dataPath.refuseLog = { code: 'log-beyond-file', message: 'The dirty log ends beyond its file' };
    bench.send('SET_LOG_BASE', log, { fds: [bench.ledger.make('memfd')] });
    expect(bench.closedBecause).toContain('log-beyond-file');
    expect(bench.ledger.open).toBe(0);
  });

  it('by address, as before LOG_SHMFD, is not taken', async () => {
    const bench = await mapped();
    bench.send('SET_LOG_BASE', { kind: 'address', address: 4096n });
    expect(bench.badMessages.at(-1)).toContain('LOG_SHMFD');
    expect(bench.dataPath.logs).toEqual([]);
  });

  it('sent again replaces the bitmap under rings that mark, and lets go of the old one', async () => {
    const bench = await mapped();
    bench.setLogging(true);
    bench.send('SET_LOG_BASE', log, { fds: [bench.ledger.make('memfd')] });
    const [first, second] = bench.dataPath.logs;
    expect(first?.closed).toBe(true);
    expect(bench.ring(0).log?.log).toBe(second);
    expect(bench.ring(1).log?.log).toBe(second);
  });
});

describe('SET_LOG_FD', () => {
  it('takes an eventfd and nothing else, and keeps neither', async () => {
    const bench = await mapped();
    const before = bench.ledger.open;
    expect(bench.ask('SET_LOG_FD', null, [bench.eventfd()])).toBe(0n);
    expect(bench.ask('SET_LOG_FD', null, [bench.ledger.make('memfd')])).not.toBe(0n);
    expect(bench.ledger.open).toBe(before);
  });
});

describe('VHOST_F_LOG_ALL under running rings', () => {
  it('makes every ring mark, each used ring where its address says, before the answer', async () => {
    const bench = await mapped();
    bench.setLogging(true);
    expect(bench.ring(0).log).toMatchObject({ used: 0x2000n });
    expect(bench.ring(1).log).toMatchObject({ used: 0x6000n });
    bench.ask('SET_VRING_ADDR', ringAddress(0));
    expect(bench.ring(0).log).toMatchObject({ used: null });
  });

  it('takes the ring from its accelerator before the answer, guards the page, then removes it', async () => {
    const bench = await mapped();
    bench.send('SET_LOG_BASE', log, { fds: [bench.ledger.make('memfd')] });
    bench.said.length = 0;
    expect(bench.ask('SET_FEATURES', FEATURES | LOG_ALL)).toBe(0n);
    expect(bench.said).toEqual(['SET_FEATURES', 'page off']);
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', guarded: true });
    expect(bench.ring(1).log).not.toBeNull();
    expect(bench.queue(1)).toMatchObject({ phase: 'undoing', reason: { code: 'migration-logging' } });
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      desired: 'accelerated',
      reason: { code: 'migration-logging' },
    });
    expect(bench.ring(1).guarded).toBe(false);
    expect(bench.frontEnd.mapped.size).toBe(0);
  });

  it('leaves a ring with an accelerator that marks by itself', async () => {
    const bench = await mapped({ capabilities: { logsDirtyPages: true } });
    bench.setLogging(true);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('makes a wish for acceleration wait, with the reason', async () => {
    const bench = await mapped();
    bench.setLogging(true);
    bench.setDesired(0, 'accelerated');
    await bench.pass(100);
    expect(bench.queue(0)).toMatchObject({ phase: 'software', reason: { code: 'migration-logging' } });
    bench.setDesired(0, 'software');
    expect(bench.queue(0)).toMatchObject({ phase: 'software', reason: null });
  });

  it('removes a page that the front-end mapped again at a start, as rfc2018 has it', async () => {
    const bench = await mapped({ dialect: 'rfc2018' });
    bench.stopRing(1);
    bench.setLogging(true);
    bench.said.length = 0;
    bench.startRing(1);
    await bench.pass(100);
    expect(bench.said).toContain('page off');
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      page: { kind: 'none' },
      reason: { code: 'migration-logging' },
    });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', guarded: false });
    bench.setLogging(false);
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('ends with the feature: what is still desired is accelerated again by itself', async () => {
    const bench = await mapped();
    bench.setLogging(true);
    await bench.pass(100);
    bench.setLogging(false);
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', generation: 2, reason: null });
    expect(bench.ring(1).log).toBeNull();
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('does not let other features change with it', async () => {
    const bench = await mapped();
    expect(bench.ask('SET_FEATURES', LOG_ALL)).not.toBe(0n);
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('is over with the session, and everything let go', async () => {
    const bench = await mapped();
    bench.setLogging(true);
    bench.disconnect();
    expect(bench.dataPath.logs.every((one) => one.closed)).toBe(true);
    expect(bench.ledger.open).toBe(0);
    expect(bench.runner.held()).toEqual([]);
  });
});

describe('A device fault', () => {
  it('brings every ring of the device back at once, guards and removes the page, and tells why', async () => {
    const bench = await mapped();
    bench.said.length = 0;
    bench.accelerators[0]?.fail('DMA engine hung');
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', guarded: true });
    expect(bench.said).toEqual(['page off']);
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      desired: 'accelerated',
      reason: { code: 'device-fault', message: 'emu0 reported a fault: DMA engine hung' },
    });
    expect(bench.ring(1).guarded).toBe(false);
  });

  it('is not tried again by itself, but when somebody asks', async () => {
    const bench = await mapped();
    bench.accelerators[0]?.fail('DMA engine hung');
    await bench.pass(3000);
    expect(bench.queue(1).phase).toBe('software');
    bench.setDesired(1, 'accelerated');
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('of another accelerator moves nothing', async () => {
    const bench = await mapped({ accelerators: ['emu0', 'emu1'] });
    bench.accelerators[1]?.fail('somebody else’s');
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('after the session is over is heard by nobody', async () => {
    const bench = await mapped();
    bench.disconnect();
    bench.accelerators[0]?.fail('too late');
    expect(bench.queue(1).reason?.code).toBe('generation-ended');
  });
});
