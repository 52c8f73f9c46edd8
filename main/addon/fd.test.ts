import { spawnSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { loadAddon } from './load.ts';
import type { Fd } from './surface.ts';
import { codeOf, valueOf } from './testing/expectations.ts';

const addon = loadAddon();
const { io } = addon;
const F_SEAL_SHRINK_AND_GROW = 0x2 | 0x4;

describe('an fd', () => {
  const open: Fd[] = [];
  const keep = (fd: Fd): Fd => {
    open.push(fd);
    return fd;
  };
  const eventfd = (): Fd => keep(valueOf(io.eventfd()));
  const memfd = (size: bigint): Fd => keep(valueOf(io.memfd('test', size)));

  afterEach(() => {
    for (const fd of open.splice(0)) fd.close();
    expect(io.leaked()).toBe(0);
  });

  it('is the same object as its duplicate and another than its sibling', () => {
    const one = eventfd();
    const same = keep(valueOf(one.duplicate()));
    const other = eventfd();

    expect(one.identity()).toMatchObject({ kind: 'eventfd', size: null, seals: null });
    expect(same.identity().key).toBe(one.identity().key);
    expect(other.identity().key).not.toBe(one.identity().key);
  });

  it('of a memfd tells its size, and seals that keep it so', () => {
    const identity = memfd(8192n).identity();

    expect(identity).toMatchObject({ kind: 'memfd', size: 8192n });
    expect((identity.seals ?? 0) & F_SEAL_SHRINK_AND_GROW).toBe(F_SEAL_SHRINK_AND_GROW);
  });

  it('of an eventfd can be signalled, any other cannot', () => {
    expect(codeOf(io.signal(eventfd()))).toBe('ok');
    expect(codeOf(io.signal(memfd(1n)))).toBe('EINVAL');
  });

  it('lives on in its duplicate', () => {
    const one = eventfd();
    const same = keep(valueOf(one.duplicate()));

    one.close();

    expect(codeOf(io.signal(same))).toBe('ok');
  });

  it('may be closed twice and is no argument any more', () => {
    const fd = eventfd();

    fd.close();
    fd.close();

    expect(fd.closed).toBe(true);
    expect(() => fd.identity()).toThrow('Fd is closed');
    expect(() => io.signal(fd)).toThrow('Fd is closed');
  });

  it('is refused where its size cannot be', () => {
    expect(codeOf(io.memfd('huge', 1n << 63n))).toBe('EFBIG');
    expect(() => io.memfd('negative', -1n)).toThrow(RangeError);
  });
});

describe('the mappings of a process', () => {
  const spec = { queuePairs: 1, queueSize: 64, features: 1n << 32n };

  it('contain a memfd while it is mapped and not afterwards', async () => {
    const guest = valueOf(addon.createGuest(spec));
    const { fd } = guest.memory();

    const whileMapped = await io.mapsOf(process.pid, fd, 0n);
    const beyond = await io.mapsOf(process.pid, fd, 1n << 40n);
    guest.close();
    const afterwards = await io.mapsOf(process.pid, fd, 0n);

    expect(whileMapped.kind).toBe('mapped');
    expect(beyond.kind).toBe('unmapped');
    expect(afterwards.kind).toBe('unmapped');
    fd.close();
  });

  it('cannot be read where the process has ended', async () => {
    const { pid } = spawnSync('true');
    const fd = valueOf(io.memfd('gone', 4096n));

    expect(await io.mapsOf(pid, fd, 0n)).toMatchObject({ kind: 'denied' });
    expect(io.processName(pid)).toBeNull();
    fd.close();
  });

  it('cannot be told apart for anonymous inodes', async () => {
    const fd = valueOf(io.eventfd());

    expect(await io.mapsOf(process.pid, fd, 0n)).toMatchObject({ kind: 'denied' });
    fd.close();
  });

  it('belong to a process with a name', () => {
    expect(io.processName(process.pid)).toEqual(expect.any(String));
  });
});
