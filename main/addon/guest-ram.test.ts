import { afterEach, describe, expect, it } from 'vitest';
import { loadAddon } from './load.ts';
import type { Handle } from './surface.ts';
import { codeOf, valueOf } from './testing/expectations.ts';

const addon = loadAddon();
const { io } = addon;

const pages = BigInt(io.pageSize());
const opened: Handle[] = [];
const keep = <T extends Handle>(handle: T): T => {
  opened.push(handle);
  return handle;
};
afterEach(() => {
  for (const handle of opened.splice(0)) handle.close();
  expect(io.leaked()).toBe(0);
});

describe('a guest RAM', () => {
  it('gives back what was written, and zeroes where nothing was', () => {
    const ram = keep(valueOf(addon.createGuestRam(pages)));

    ram.write(100, Uint8Array.of(1, 2, 3));
    ram.store16(200, 0xbeef);

    expect([...ram.read(99, 5)]).toEqual([0, 1, 2, 3, 0]);
    expect(ram.load16(200)).toBe(0xbeef);
    expect([...ram.read(200, 2)]).toEqual([0xef, 0xbe]);
  });

  it('gives away what is taken, and keeps the rest', () => {
    const ram = keep(valueOf(addon.createGuestRam(pages)));
    ram.write(7, Uint8Array.of(1, 2, 3));

    expect([...ram.take(8, 8)]).toEqual([2, 3, 0, 0, 0, 0, 0, 0]);
    expect([...ram.read(7, 3)]).toEqual([1, 0, 0]);
    expect(() => ram.take(4, 8)).toThrow('multiples of 8');
    expect(() => ram.take(Number(pages), 8)).toThrow('beyond the memory');
  });

  it('is a sealed file of exactly its size', () => {
    const file = keep(valueOf(keep(valueOf(addon.createGuestRam(2n * pages))).file()));

    expect(file.identity()).toMatchObject({ kind: 'memfd', size: 2n * pages });
  });

  it('of no whole pages is refused, and an offset outside is a bug', () => {
    const ram = keep(valueOf(addon.createGuestRam(pages)));

    expect(codeOf(addon.createGuestRam(pages + 1n))).toBe('EINVAL');
    expect(() => ram.read(Number(pages) - 1, 2)).toThrow('beyond the memory');
    expect(() => ram.load16(1)).toThrow('must be even');
  });
});

describe('the signals of an eventfd', () => {
  it('are counted until they are taken', () => {
    const fd = keep(valueOf(io.eventfd()));

    io.signal(fd);
    io.signal(fd);

    expect(valueOf(io.takeSignals(fd))).toBe(2);
    expect(valueOf(io.takeSignals(fd))).toBe(0);
    expect(codeOf(io.takeSignals(keep(valueOf(io.memfd('test', pages)))))).toBe('EINVAL');
  });
});
