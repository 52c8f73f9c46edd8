import { describe, expect, it } from 'vitest';
import { FEATURES, PROTOCOL, SessionBench, type BenchOptions } from './testing/session-bench.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { virtioMask } from '../wire/virtio-features.ts';

async function running(options: BenchOptions = {}): Promise<SessionBench> {
  const bench = new SessionBench(options);
  bench.negotiate();
  bench.startRing(0);
  bench.startRing(1);
  await bench.settle();
  return bench;
}

async function mapped(options: BenchOptions = {}): Promise<SessionBench> {
  const bench = await running(options);
  bench.setDesired(1, 'accelerated');
  await bench.settle();
  return bench;
}

describe('Arming a queue', () => {
  it('hands the ring over, offers the page and is mapped when the front-end answers 0', async () => {
    const bench = await mapped();
    expect(bench.queue(1)).toMatchObject({
      phase: 'mapped',
      desired: 'accelerated',
      evidence: 2,
      generation: 1,
      reason: null,
      owner: { kind: 'accelerator', id: 'emu0' },
    });
    expect(bench.ring(1).owner).toBe('accelerator');
    expect(bench.accelerators[0]?.holders()).toEqual(['bench/1']);
  });

  it('passes through start and offer, each with its cause', async () => {
    const bench = await mapped();
    expect(bench.queue(1).transitions.map(({ from, to, cause }) => [from, to, cause])).toEqual([
      ['down', 'software', 'start'],
      ['software', 'arming(start)', 'request 1: accelerated'],
      ['arming(start)', 'arming(offer)', 'handover-to'],
      ['arming(offer)', 'mapped', 'answer 0'],
    ]);
  });

  it('leaves the other queue of the pair alone', async () => {
    const bench = await mapped();
    expect(bench.queue(0)).toMatchObject({ phase: 'software', owner: { kind: 'engine' } });
  });

  it('begins at the start of the ring where accelerated is desired from the beginning', async () => {
    const bench = await running({ desired: 'accelerated' });
    expect(bench.queue(0).phase).toBe('mapped');
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('falls back to relay with page-refused when the front-end answers 1', async () => {
    const bench = await running();
    bench.frontEnd.pagePerVq = false;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'relay',
      reason: { code: 'page-refused' },
      evidence: 1,
      owner: { kind: 'accelerator' },
    });
  });

  it('tries again when accelerated is asked for again after a refusal', async () => {
    const bench = await running();
    bench.frontEnd.pagePerVq = false;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    bench.frontEnd.pagePerVq = true;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null, generation: 2 });
  });

  it.each([
    ['REPLY_ACK', 3],
    ['BACKEND_REQ', 5],
    ['BACKEND_SEND_FD', 10],
    ['HOST_NOTIFIER', 11],
  ] as const)('stays in relay and sends nothing without %s', async (feature, bit) => {
    const bench = new SessionBench();
    bench.negotiate(PROTOCOL & ~protocolMask(feature));
    bench.startRing(1);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'relay', reason: { code: 'bit-not-negotiated' } });
    expect(bench.queue(1).reason?.message).toContain(`${feature} (bit ${bit})`);
    expect(bench.frontEnd.seen).toEqual([]);
  });

  it('stays in relay with no-backend-channel when the channel ended before', async () => {
    const bench = await running();
    bench.loseBackEnd();
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'relay', reason: { code: 'no-backend-channel' } });
  });

  it.each([
    ['no accelerator is configured', [], null, 'no-accelerator'],
    ['the one asked for is unknown', ['emu0'], 'emu7', 'accelerator-unknown'],
  ] as const)('stays in software when %s', async (_when, accelerators, wanted, code) => {
    const bench = await running({ accelerators });
    bench.setDesired(1, 'accelerated', wanted);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code } });
  });

  it('stays in software with the accelerator’s own reason when it does not take the ring', async () => {
    const bench = await running();
    const faults = bench.accelerators[0]?.faults;
    if (faults !== undefined) faults.refuseStart = { code: 'EIO', message: 'The device is dead' };
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: { code: 'accelerator-failed' } });
    expect(bench.ring(1).owner).toBe('engine');
  });

  it('waits in software for an accelerator that is not usable, and goes to it when it is', async () => {
    const bench = await running();
    const [accelerator] = bench.accelerators;
    accelerator?.become('held by pid 7');
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      settled: null,
      reason: { code: 'accelerator-unusable' },
    });
    expect(bench.queue(1).reason?.message).toContain('held by pid 7');
    accelerator?.become(null);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('stops waiting for it when software is desired', async () => {
    const bench = await running();
    const [accelerator] = bench.accelerators;
    accelerator?.become('held by pid 7');
    bench.setDesired(1, 'accelerated');
    bench.setDesired(1, 'software');
    accelerator?.become(null);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', reason: null });
  });

  it('gets all rings of a device back together that cannot stop one queue alone', async () => {
    const bench = await running({ capabilities: { stopPerQueue: false } });
    for (const index of [0, 1]) bench.setDesired(index, 'accelerated');
    await bench.settle();
    expect([bench.queue(0).phase, bench.queue(1).phase]).toEqual(['mapped', 'mapped']);
    for (const index of [0, 1]) bench.setDesired(index, 'software');
    await bench.settle();
    expect([bench.queue(0).phase, bench.queue(1).phase]).toEqual(['software', 'software']);
    expect([bench.ring(0).owner, bench.ring(1).owner]).toEqual(['engine', 'engine']);
  });

  it('arms a ring again that such a device gave back for the sake of another', async () => {
    const bench = await running({ capabilities: { stopPerQueue: false } });
    for (const index of [0, 1]) bench.setDesired(index, 'accelerated');
    await bench.settle();
    bench.stopRing(0);
    expect(bench.ring(1).owner).toBe('engine');
    await bench.pass(300);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', desired: 'accelerated', reason: null });
    expect(bench.queue(1).transitions.map(({ to }) => to)).toContain('undoing(page-off)');
  });

  it('never sends a page of another size than the host’s', async () => {
    const bench = await running();
    const faults = bench.accelerators[0]?.faults;
    if (faults !== undefined) faults.pageSize = 8192n;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'relay', reason: { code: 'page-invalid' } });
    expect(bench.frontEnd.seen).toEqual([]);
  });

  it('never sends a page that does not begin at a page of the host', async () => {
    const bench = await running();
    const faults = bench.accelerators[0]?.faults;
    if (faults !== undefined) faults.pageOffset = 512n;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'relay', reason: { code: 'page-invalid' } });
    expect(bench.frontEnd.seen).toEqual([]);
  });

  it('is tried again at the next start after it fell back', async () => {
    const bench = await running();
    bench.frontEnd.pagePerVq = false;
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    bench.stopRing(1);
    bench.frontEnd.pagePerVq = true;
    bench.startRing(1);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('waits for the answers that an earlier generation still owes', async () => {
    const bench = await running();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    await bench.pass(4100);
    bench.stopRing(1);
    bench.startRing(1);
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', desired: 'accelerated' });
    expect(bench.ring(1).guarded).toBe(true);
    bench.frontEnd.frozen = false;
    await bench.pass(200);
    expect(bench.queue(1).phase).toBe('mapped');
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('undoes an offer that is not answered within 2 s and goes on in relay', async () => {
    const bench = await running();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    await bench.pass(2000);
    expect(bench.queue(1)).toMatchObject({ phase: 'undoing', step: { name: 'page-off' } });
    bench.frontEnd.frozen = false;
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'relay', reason: { code: 'page-unanswered' } });
    expect(bench.frontEnd.mapped.size).toBe(0);
  });

  it('matches answers to requests in the order of sending', async () => {
    const bench = await running();
    bench.setDesired(0, 'accelerated');
    bench.setDesired(1, 'accelerated');
    bench.answerWith(1n);
    bench.answerWith(0n);
    expect(bench.queue(0)).toMatchObject({ phase: 'relay', reason: { code: 'page-refused' } });
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('is in quarantine, guarded, when the channel ends before the answer', async () => {
    const bench = await running();
    bench.setDesired(1, 'accelerated');
    bench.loseBackEnd();
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', reason: { code: 'removal-unanswered' } });
    expect(bench.ring(1).guarded).toBe(true);
  });

  it('stays in quarantine, guarded, over a stop of the ring: the offer may be read from the channel after it', async () => {
    const bench = await running();
    bench.setDesired(1, 'accelerated');
    bench.loseBackEnd();
    bench.stopRing(1);
    bench.startRing(1);
    await bench.settle();
    expect(bench.frontEnd.mapped.has(1)).toBe(true);
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', reason: { code: 'removal-unanswered' } });
    expect(bench.ring(1).guarded).toBe(true);
  });

  it('is in quarantine, guarded, when the removal is not answered either', async () => {
    const bench = await running();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    await bench.pass(4100);
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', reason: { code: 'removal-unanswered' } });
    expect(bench.ring(1).guarded).toBe(true);
    bench.frontEnd.frozen = false;
    await bench.settle();
    expect(bench.queue(1).phase).toBe('relay');
    expect(bench.ring(1).guarded).toBe(false);
  });
});

describe('Undoing', () => {
  it('removes the page, waits for the answer, then takes the ring back', async () => {
    const bench = await mapped();
    bench.setDesired(1, 'software');
    expect(bench.queue(1)).toMatchObject({ phase: 'undoing', step: { name: 'page-off' }, evidence: 0 });
    expect(bench.ring(1).owner).toBe('accelerator');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', evidence: 1, owner: { kind: 'engine' } });
    expect(bench.ring(1).owner).toBe('engine');
    expect(bench.accelerators[0]?.holders()).toEqual([]);
  });

  it('of an offer under way ends in software with nothing mapped', async () => {
    const bench = await running();
    bench.setDesired(1, 'accelerated');
    bench.setDesired(1, 'software');
    await bench.settle();
    expect(bench.queue(1).phase).toBe('software');
    expect(bench.frontEnd.mapped.size).toBe(0);
  });

  it('by cancel leaves desired software with the reason', async () => {
    const bench = await running();
    bench.setDesired(1, 'accelerated');
    bench.runner.post({ kind: 'cancel', queue: 1, request: 9 });
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({
      phase: 'software',
      desired: 'software',
      reason: { code: 'cancelled' },
    });
  });

  it('without a channel ends in quarantine: nobody can tell', async () => {
    const bench = await mapped();
    bench.loseBackEnd();
    bench.setDesired(1, 'software');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', owner: { kind: 'accelerator' } });
    bench.stopRing(1);
    bench.startRing(1);
    expect(bench.queue(1).phase).toBe('software');
  });

  it('moves a queue to another accelerator by way of software', async () => {
    const bench = await mapped({ accelerators: ['emu0', 'emu1'], unmapsAtOnce: true });
    bench.setDesired(1, 'accelerated', 'emu1');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', owner: { kind: 'accelerator', id: 'emu1' } });
    expect(bench.accelerators.map((one) => one.holders())).toEqual([[], ['bench/1']]);
  });
});

describe('GET_VRING_BASE of a mapped queue', () => {
  it('ends the generation and is answered with the index where the accelerator stopped', async () => {
    const bench = await mapped();
    bench.ring(1).position = 77;
    expect(bench.stopRing(1)).toBe(77);
    expect(bench.queue(1)).toMatchObject({
      phase: 'down',
      reason: { code: 'generation-ended' },
      page: { kind: 'none' },
    });
  });

  it('is followed by a new generation after the next start', async () => {
    const bench = await mapped();
    bench.stopRing(1);
    await bench.pass(100);
    bench.startRing(1, 77);
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', generation: 2, reason: null });
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('before the answer to an offer: the late answer maps nothing', async () => {
    const bench = await running();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    bench.stopRing(1);
    bench.setDesired(1, 'software');
    bench.startRing(1);
    expect(bench.ring(1).guarded).toBe(true);
    bench.frontEnd.frozen = false;
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', evidence: 1, page: { kind: 'none' } });
    expect(bench.frontEnd.mapped.size).toBe(0);
    expect(bench.ring(1).guarded).toBe(false);
  });
});

describe('A removal around GET_VRING_BASE', () => {
  it('that a stopped device refuses is done: the page went with the ring', async () => {
    const bench = await running();
    bench.setDesired(1, 'accelerated');
    bench.stopRing(1);
    // It had mapped the page before it stopped, and reads the removal after.
    bench.answerWith(0n);
    bench.answerWith(1n);
    expect(bench.queue(1)).toMatchObject({ phase: 'down', page: { kind: 'none' } });
    expect(bench.logs).not.toContain('warn 1 removal-unanswered');
  });

  it('that is refused while the ring runs leaves the page unknown', async () => {
    const bench = await mapped();
    bench.setDesired(1, 'software');
    bench.answerWith(1n);
    expect(bench.queue(1)).toMatchObject({ phase: 'quarantine', reason: { code: 'removal-unanswered' } });
  });
});

describe('The hold before a page is offered again', () => {
  it('waits until the removed page is gone from the maps', async () => {
    const bench = await mapped();
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.setDesired(1, 'accelerated');
    await bench.pass(20);
    expect(bench.queue(1)).toMatchObject({ phase: 'arming', step: { name: 'hold' } });
    expect(bench.ring(1).owner).toBe('accelerator');
    await bench.pass(60);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', generation: 2 });
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('lasts as long as a stopped front-end needs', async () => {
    const bench = await mapped();
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    await bench.pass(5000);
    expect(bench.queue(1)).toMatchObject({ phase: 'arming', step: { name: 'hold' } });
    bench.frontEnd.frozen = false;
    await bench.pass(100);
    expect(bench.queue(1).phase).toBe('mapped');
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('takes 250 ms and a round trip where the maps cannot be read', async () => {
    const bench = new SessionBench();
    bench.frontEnd.mapsReadable = false;
    bench.negotiate();
    bench.startRing(1);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', evidence: 1, mapsReadable: false });
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.setDesired(1, 'accelerated');
    await bench.pass(240);
    expect(bench.queue(1).step?.name).toBe('hold');
    await bench.pass(20);
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('takes the maps of a process that never showed a page for no answer', async () => {
    const bench = new SessionBench();
    bench.frontEnd.isForeign = true;
    bench.negotiate();
    bench.startRing(1);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', evidence: 1, mapsReadable: false });
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.setDesired(1, 'accelerated');
    await bench.pass(240);
    expect(bench.queue(1).step?.name).toBe('hold');
    await bench.pass(20);
    expect(bench.queue(1).phase).toBe('mapped');
  });

  it('does not end without an answered round trip where the maps cannot be read', async () => {
    const bench = new SessionBench();
    bench.frontEnd.mapsReadable = false;
    bench.negotiate();
    bench.startRing(1);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.frontEnd.frozen = true;
    bench.setDesired(1, 'accelerated');
    await bench.pass(3000);
    expect(bench.queue(1).step?.name).toBe('hold');
    bench.frontEnd.frozen = false;
    await bench.pass(40);
    expect(bench.queue(1).phase).toBe('mapped');
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('is not needed where the removal’s answer means unmapped', async () => {
    const bench = await mapped({ unmapsAtOnce: true });
    bench.setDesired(1, 'software');
    await bench.settle();
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', generation: 2 });
  });

  it('never delays a removal', async () => {
    const bench = await mapped();
    bench.setDesired(1, 'software');
    expect(bench.frontEnd.seen.at(-1)).toEqual({ queue: 1, about: 'page', page: null });
  });
});

describe('Forced takeover', () => {
  it('on a new memory table moves the ring before the answer, then removes the page and arms again', async () => {
    const bench = await mapped();
    const before = bench.ring(1).memory;
    bench.said.length = 0;
    bench.setMemory();
    expect(bench.said).toEqual(['SET_MEM_TABLE', 'page off']);
    expect(bench.replies.at(-1)).toMatchObject({ request: 5 });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', guarded: true });
    expect(bench.ring(1).memory).not.toBe(before);
    expect(before?.closed).toBe(true);
    expect(bench.queue(1)).toMatchObject({ phase: 'undoing', reason: { code: 'memory-changed' } });
    await bench.pass(100);
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', generation: 2, reason: null });
    expect(bench.ring(1).guarded).toBe(false);
    expect(bench.frontEnd.crashed).toBeNull();
  });

  it('on SET_VRING_ENABLE 0 takes the ring back before the answer, and 1 arms it again', async () => {
    const bench = await mapped();
    expect(bench.ask('SET_VRING_ENABLE', { index: 1, num: 0 })).toBe(0n);
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', enabled: false });
    await bench.pass(100);
    expect(bench.queue(1).phase).toBe('software');
    bench.send('SET_VRING_ENABLE', { index: 1, num: 1 });
    await bench.pass(100);
    expect(bench.queue(1).phase).toBe('mapped');
    expect(bench.frontEnd.crashed).toBeNull();
  });
});

describe('The end of a session', () => {
  it('lets go of everything, whatever was under way', async () => {
    const bench = await mapped();
    bench.setDesired(0, 'accelerated');
    bench.disconnect();
    expect(bench.queue(1)).toMatchObject({ phase: 'down', reason: { code: 'generation-ended' } });
    expect(bench.ledger.open).toBe(0);
    expect(bench.runner.held()).toEqual([]);
    expect(bench.clock.waiting).toBe(0);
    expect(bench.dataPath.memories.every((memory) => memory.closed)).toBe(true);
    expect(bench.logs).not.toContain('error - internal');
  });

  it('is preceded by the removal of every page when the engine ends', async () => {
    const bench = await mapped();
    bench.runner.post({ kind: 'end' });
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'software', desired: 'accelerated' });
    expect(bench.frontEnd.mapped.size).toBe(0);
  });
});

it.each(['NET_F_MTU', 'NET_F_MAC', 'NET_F_STATUS'] as const)(
  'a guest that accepted %s, which is no matter of rings, is accelerated on a device that does not offer it',
  async (feature) => {
    const bench = new SessionBench({ netConfig: { mac: null, linkOf: null }, mtu: 1500 });
    bench.negotiate(undefined, FEATURES | virtioMask(feature));
    bench.startRing(1);
    bench.setDesired(1, 'accelerated');
    await bench.settle();
    expect(bench.queue(1)).toMatchObject({ phase: 'mapped', reason: null });
  },
);
