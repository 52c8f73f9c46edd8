import { describe, expect, it } from 'vitest';
import { encodeFrontend } from '../../wire/encode.ts';
import { decodeHeader, HEADER_BYTES } from '../../wire/header.ts';
import { config } from '../../wire/payload/config.ts';
import { protocolMask } from '../../wire/protocol-features.ts';
import { PROTOCOL, SessionBench } from '../testing/session-bench.ts';

const MAC = '52:54:00:00:01:0f';
const MAC_BYTES = [0x52, 0x54, 0, 0, 1, 0x0f];
const ALL_BYTES = 24;

function negotiated(protocol?: bigint): SessionBench {
  const bench = new SessionBench({ netConfig: { mac: MAC, linkOf: null }, mtu: 9000, queuePairs: 2 });
  bench.negotiate(protocol);
  return bench;
}

/** The body of the answer; empty: refused. */
function read(bench: SessionBench, offset: number, size: number, flags = 0): Uint8Array | null {
  return bench.send('GET_CONFIG', { offset, flags, data: new Uint8Array(size) });
}

function dataOf(body: Uint8Array | null): readonly number[] | null {
  if (body === null || body.byteLength === 0) return null;
  const decoded = config.decode(body);
  if (!decoded.ok || decoded.value.data.byteLength !== body.byteLength - 12)
    throw new Error('no configuration');
  return [...decoded.value.data];
}

/** A request whose body is these words and so many bytes. */
function readRaw(bench: SessionBench, words: readonly number[], bytes: number): Uint8Array | null {
  const body = new Uint8Array(bytes);
  body.set(new Uint8Array(Uint32Array.from(words).buffer).subarray(0, bytes));
  const frame = encodeFrontend('GET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(0) });
  const header = decodeHeader(frame.subarray(0, HEADER_BYTES));
  if (!header.ok) throw new Error('no header');
  const before = bench.replies.length;
  bench.runner.receive({ header: { ...header.value, size: bytes }, body, fdCount: 0, fds: [] });
  return bench.replies[before]?.body ?? null;
}

describe('GET_CONFIG', () => {
  it('tells address, link, queue pairs and MTU', () => {
    expect(dataOf(read(negotiated(), 0, 12))).toEqual([...MAC_BYTES, 1, 0, 2, 0, 0x28, 0x23]);
  });

  it('tells any window of it, with the offset and the size that were asked for', () => {
    const bench = negotiated();
    expect(dataOf(read(bench, 3, 4))).toEqual([0, 1, 0x0f, 1]);
    expect(dataOf(read(bench, 0, 0))).toEqual([]);
    expect(dataOf(read(bench, ALL_BYTES - 1, 1))).toEqual([0]);
    expect(dataOf(read(bench, 0, ALL_BYTES))).toHaveLength(ALL_BYTES);
    const body = read(bench, 6, 2, 1);
    expect(body === null ? null : [...new Uint32Array(body.slice(0, 12).buffer)]).toEqual([6, 2, 1]);
  });

  it('in growing reads, as user-mode Linux asks, tells the same bytes each time', () => {
    const bench = negotiated();
    const sizes = [1, 2, 3, 4, 5, 6];
    expect(sizes.map((size) => dataOf(read(bench, 0, size)))).toEqual(
      sizes.map((size) => MAC_BYTES.slice(0, size)),
    );
  });

  it('tells the MTU that the front-end gave its guest', () => {
    const bench = negotiated();
    expect(bench.ask('NET_SET_MTU', 1500n)).toBe(0n);
    expect(dataOf(read(bench, 10, 2))).toEqual([0xdc, 0x05]);
  });

  it('beyond the configuration is refused by an empty reply, and the session goes on', () => {
    const bench = negotiated();
    for (const [offset, size] of [
      [0, ALL_BYTES + 1],
      [ALL_BYTES, 1],
      [0xffff_ffff, 1],
      [0xffff_ff00, 256],
      [0, 256],
    ] as const)
      expect(read(bench, offset, size)?.byteLength).toBe(0);
    expect(bench.badMessages).toHaveLength(5);
    expect(bench.closedBecause).toBeNull();
    expect(dataOf(read(bench, 0, 6))).toEqual(MAC_BYTES);
  });

  it.each([
    ['says more bytes than it has', [0, 8, 0], 16],
    ['says fewer bytes than it has', [0, 2, 0], 16],
    ['has more bytes than any configuration', [0, 257, 0], 12 + 257],
    ['says almost 2^32 bytes', [0, 0xffff_ffff, 0], 12],
    ['ends within its head', [0, 0], 8],
    ['has no body', [], 0],
  ])('that %s is refused by an empty reply', (_, words, bytes) => {
    const bench = negotiated();
    expect(readRaw(bench, words, bytes)?.byteLength).toBe(0);
    expect([bench.closedBecause, bench.badMessages.length]).toEqual([null, 1]);
  });

  it('without CONFIG negotiated is refused by an empty reply', () => {
    const bench = negotiated(PROTOCOL);
    expect(read(bench, 0, 6)?.byteLength).toBe(0);
    expect(bench.badMessages[0]).toContain('CONFIG');
  });

  it('of an endpoint that offers no configuration is refused, whatever was acknowledged', () => {
    const bench = new SessionBench();
    bench.negotiate(PROTOCOL | protocolMask('CONFIG'));
    expect(read(bench, 0, 6)?.byteLength).toBe(0);
    expect(bench.runner.state.ackedProtocol).toBeNull();
  });
});

describe('SET_CONFIG', () => {
  const write = (bench: SessionBench, flags: number) =>
    bench.ask('SET_CONFIG', { offset: 0, flags, data: new Uint8Array(6) });

  it.each([
    ['of a driver', 0, 'a driver writes nothing'],
    ['of a migration', 1, 'is not restored'],
    ['with other flags', 2, '2 is neither 0 nor 1'],
  ])('%s is refused with the reason, and changes nothing', (_, flags, reason) => {
    const bench = negotiated();
    expect(write(bench, flags)).toBe(1n);
    expect(bench.badMessages.at(-1)).toContain(reason);
    expect(dataOf(read(bench, 0, 6))).toEqual(MAC_BYTES);
  });

  it('without CONFIG negotiated is refused', () => {
    const bench = negotiated(PROTOCOL);
    expect(write(bench, 0)).toBe(1n);
    expect(bench.badMessages.at(-1)).toContain('CONFIG');
  });
});
