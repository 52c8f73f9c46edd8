import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FEATURES, RING_FEATURES, ringAddress, SessionBench } from './testing/session-bench.ts';
import { virtioMask } from '../wire/virtio-features.ts';

function negotiated(): SessionBench {
  const bench = new SessionBench();
  bench.negotiate();
  return bench;
}

describe('A ring starts', () => {
  it('when it has size, addresses and a kick, in any order', () => {
    const parts = ['num', 'addr', 'kick', 'memory', 'features', 'enable'] as const;
    fc.assert(
      fc.property(fc.shuffledSubarray([...parts], { minLength: parts.length }), (order) => {
        const bench = new SessionBench();
        const send = {
          num: () => bench.send('SET_VRING_NUM', { index: 1, num: 256 }),
          addr: () => bench.send('SET_VRING_ADDR', ringAddress(1)),
          kick: () => bench.send('SET_VRING_KICK', { index: 1, noFd: false }, { fds: [bench.eventfd()] }),
          memory: () => bench.setMemory(),
          features: () => bench.send('SET_FEATURES', FEATURES),
          enable: () => bench.send('SET_VRING_ENABLE', { index: 1, num: 1 }),
        };
        for (const part of order) send[part]();
        expect(bench.queue(1)).toMatchObject({ phase: 'software', enabled: true });
        expect(bench.ring(1)).toMatchObject({ owner: 'engine', enabled: true });
      }),
    );
  });

  it('disabled while it is not enabled, and is then processed without side effects (spec, Ring states)', () => {
    const bench = new SessionBench();
    bench.send('SET_FEATURES', FEATURES);
    bench.setMemory();
    bench.startRing(1);
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', enabled: false });
  });

  it('enabled at once where bit 30 is not in SET_FEATURES (spec, Ring states)', () => {
    const bench = new SessionBench();
    bench.send('SET_FEATURES', FEATURES & ~virtioMask('VHOST_USER_F_PROTOCOL_FEATURES'));
    bench.setMemory();
    bench.startRing(1);
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', enabled: true });
  });

  it('without a kick fd where bit 8 says so, and is polled', () => {
    const bench = negotiated();
    bench.send('SET_VRING_NUM', { index: 1, num: 256 });
    bench.send('SET_VRING_ADDR', ringAddress(1));
    bench.send('SET_VRING_KICK', { index: 1, noFd: true });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', guarded: true, kick: null });
  });

  it('at the base that SET_VRING_BASE said', () => {
    const bench = negotiated();
    bench.startRing(1, 4711);
    expect(bench.ring(1).position).toBe(4711);
    // What concerns only front-end and back-end is no feature of a ring.
    expect(bench.ring(1).config?.features).toBe(RING_FEATURES);
  });

  it('not, with the reason, where its addresses lie outside memory', () => {
    const bench = negotiated();
    bench.startRing(0);
    bench.stopRing(0);
    bench.ring(0).refuse = { code: 'ring-address-invalid', message: 'outside' };
    bench.startRing(0);
    expect(bench.queue(0)).toMatchObject({ phase: 'down', reason: { code: 'ring-address-invalid' } });
  });
});

describe('GET_VRING_BASE', () => {
  it('of a ring that never ran answers the base it was given', () => {
    const bench = negotiated();
    bench.send('SET_VRING_BASE', { index: 1, num: 12 });
    expect(bench.stopRing(1)).toBe(12);
  });

  it('stops the ring until it is given a kick again, and it goes on where it stopped', () => {
    const bench = negotiated();
    bench.startRing(1, 3);
    bench.ring(1).position = 40;
    expect(bench.stopRing(1)).toBe(40);
    expect(bench.queue(1).phase).toBe('down');
    bench.send('SET_VRING_KICK', { index: 1, noFd: false }, { fds: [bench.eventfd()] });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', position: 40 });
  });

  it('twice answers the same', () => {
    const bench = negotiated();
    bench.startRing(1);
    bench.ring(1).position = 7;
    expect([bench.stopRing(1), bench.stopRing(1)]).toEqual([7, 7]);
  });
});

describe('A ring that runs', () => {
  it('takes a new call fd, live, and closes the one before it', () => {
    const bench = negotiated();
    bench.startRing(1);
    const before = bench.ring(1).call;
    const fd = bench.eventfd();
    bench.send('SET_VRING_CALL', { index: 1, noFd: false }, { fds: [fd] });
    expect(bench.ring(1).call).toBe(fd);
    expect(before?.closed).toBe(true);
  });

  it('is set up anew after it was disabled, without GET_VRING_BASE (user-mode Linux)', () => {
    const bench = negotiated();
    bench.startRing(1);
    bench.ring(1).position = 99;
    bench.send('SET_VRING_ENABLE', { index: 1, num: 0 });
    bench.startRing(1);
    bench.send('SET_VRING_ENABLE', { index: 1, num: 1 });
    expect(bench.ring(1)).toMatchObject({ owner: 'engine', position: 0, enabled: true });
  });

  it('goes on where SET_VRING_ADDR repeats what it has', () => {
    const bench = negotiated();
    bench.startRing(1);
    expect(bench.ask('SET_VRING_ADDR', ringAddress(1))).toBe(0n);
    expect(bench.queue(1).phase).toBe('software');
  });

  it('stops at a status of 0, which is a device reset', () => {
    const bench = negotiated();
    bench.startRing(1);
    expect(bench.ask('SET_STATUS', 0n)).toBe(0n);
    expect(bench.queue(1).phase).toBe('down');
  });
});

describe('A message about a queue', () => {
  it.each([2, 255, 0xffffffff])('%i, which does not exist, is refused', (index) => {
    const bench = negotiated();
    expect(bench.ask('SET_VRING_NUM', { index, num: 256 })).toBe(1n);
    expect(bench.ask('SET_VRING_ENABLE', { index, num: 1 })).toBe(1n);
  });

  it('whose kick is not an eventfd is refused and the fd closed', () => {
    const bench = negotiated();
    const fd = bench.ledger.make('memfd');
    expect(bench.ask('SET_VRING_KICK', { index: 1, noFd: false }, [fd])).toBe(1n);
    expect(fd.closed).toBe(true);
  });

  it.each([0, 3, 65536])('with a size of %i is refused and keeps the old size', (num) => {
    const bench = negotiated();
    bench.send('SET_VRING_NUM', { index: 1, num: 64 });
    expect(bench.ask('SET_VRING_NUM', { index: 1, num })).toBe(1n);
    expect(bench.queue(1).size).toBe(64);
  });
});

describe('SET_VRING_BASE', () => {
  it('of more than 16 bits is refused and keeps the old one', () => {
    const bench = negotiated();
    expect(bench.ask('SET_VRING_BASE', { index: 1, num: 9 })).toBe(0n);
    expect(bench.ask('SET_VRING_BASE', { index: 1, num: 0x10000 })).toBe(1n);
    expect(bench.stopRing(1)).toBe(9);
  });
});

describe('SET_FEATURES', () => {
  it('with a bit that was not offered is refused', () => {
    const bench = negotiated();
    expect(bench.ask('SET_FEATURES', FEATURES | virtioMask('F_RING_PACKED'))).toBe(1n);
    expect(bench.runner.state.ackedFeatures).toBe(FEATURES);
  });

  it('with other bits while a ring runs is refused', () => {
    const bench = negotiated();
    bench.startRing(1);
    expect(bench.ask('SET_FEATURES', FEATURES & ~virtioMask('F_EVENT_IDX'))).toBe(1n);
  });
});
