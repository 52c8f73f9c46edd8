import { afterEach, describe, expect, it } from 'vitest';
import { loadAddon } from './load.ts';
import { GUEST_SAMPLE_FIELDS, type Guest, type Handle, type NativeResult } from './surface.ts';

const addon = loadAddon();
const VERSION_1 = 1n << 32n;
const RING_PACKED = 1n << 34n;
const EVENT_IDX = 1n << 29n;
const INDIRECT = 1n << 28n;

const opened: Handle[] = [];
afterEach(() => {
  for (const handle of opened.splice(0)) handle.close();
});
const keep = <T extends Handle>(handle: T): T => {
  opened.push(handle);
  return handle;
};

function unwrap<T>(result: NativeResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}
const newGuest = (queuePairs = 1): Guest =>
  keep(unwrap(addon.createGuest({ queuePairs, queueSize: 64, features: VERSION_1 | EVENT_IDX | INDIRECT })));
const field = (guest: Guest, name: (typeof GUEST_SAMPLE_FIELDS)[number]): number | undefined =>
  guest.sample()[GUEST_SAMPLE_FIELDS.indexOf(name)];
const errorCode = (result: NativeResult<unknown>): string => (result.ok ? 'ok' : result.error.code);

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('condition not met in time');
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('guest', () => {
  it('presents one file as regions whose addresses differ', () => {
    const { fd, regions } = newGuest().memory();
    keep(fd);
    expect(fd.identity().kind).toBe('memfd');
    expect(regions).toHaveLength(2);
    for (const region of regions) expect(region.guestAddress).not.toBe(region.frontendAddress);
    expect(regions.map((region) => region.mmapOffset + region.size).at(-1)).toBe(fd.identity().size);
  });

  it('gives each queue a ring inside its regions and eventfds of its own', () => {
    const guest = newGuest(2);
    const { fd, regions } = guest.memory();
    keep(fd);
    const rings = [0, 1, 2, 3].map((queue) => guest.ring(queue));
    for (const ring of rings) {
      expect(ring.size).toBe(64);
      for (const address of [ring.desc, ring.avail, ring.used])
        expect(
          regions.some((r) => address >= r.frontendAddress && address < r.frontendAddress + r.size),
        ).toBe(true);
    }
    const fds = [0, 1, 2, 3].flatMap((queue) => [unwrap(guest.kick(queue)), unwrap(guest.call(queue))]);
    fds.forEach(keep);
    expect(new Set(fds.map((own) => own.identity().key)).size).toBe(8);
  });

  it('kicks the back-end when it has posted buffers', async () => {
    const guest = newGuest();
    guest.reset();
    guest.run({ kind: 'none' });
    await until(() => (field(guest, 'kicks') ?? 0) > 0);
    expect(field(guest, 'doorbells')).toBe(0);
  });

  it('rings a mapped page instead of kicking', async () => {
    const guest = newGuest();
    const page = BigInt(addon.io.pageSize());
    const fd = keep(unwrap(addon.io.memfd('page', 2n * page)));
    expect(errorCode(guest.mapNotify(0, fd, page, page))).toBe('ok');
    guest.run({ kind: 'none' });
    await until(() => (field(guest, 'doorbells') ?? 0) > 0);
    guest.unmapNotify(0);
    expect(field(guest, 'kicks')).toBe(0);
  });

  it('refuses a notify area of wrong size, offset or extent by name', () => {
    const guest = newGuest();
    const page = BigInt(addon.io.pageSize());
    const fd = keep(unwrap(addon.io.memfd('page', page)));
    expect(errorCode(guest.mapNotify(0, fd, 0n, 2n))).toBe('size');
    expect(errorCode(guest.mapNotify(0, fd, 1n, page))).toBe('offset');
    expect(errorCode(guest.mapNotify(0, fd, page, page))).toBe('beyond-file');
    expect(errorCode(guest.mapNotify(0, keep(unwrap(addon.io.eventfd())), 0n, page))).toBe('not-mappable');
  });

  it('counts what did not come back within the drain as lost', async () => {
    const guest = newGuest();
    guest.reset(65_530);
    guest.run({ kind: 'stream', rate: 0 });
    await until(() => field(guest, 'sent') === 56);
    await guest.drain(1);
    expect(field(guest, 'lost')).toBe(56);
    expect(field(guest, 'rttP50Ns')).toBe(-1);
  });

  it('ends a drain when it is closed', async () => {
    const guest = newGuest();
    guest.run({ kind: 'stream', rate: 0 });
    await until(() => (field(guest, 'sent') ?? 0) > 0);
    const drained = guest.drain(600_000);
    guest.close();
    await drained;
    expect(guest.closed).toBe(true);
  });

  it('refuses a spec outside its bounds and throws for wrong types', () => {
    expect(errorCode(addon.createGuest({ queuePairs: 0, queueSize: 64, features: VERSION_1 }))).toBe(
      'EINVAL',
    );
    expect(errorCode(addon.createGuest({ queuePairs: 1, queueSize: 65, features: VERSION_1 }))).toBe(
      'EINVAL',
    );
    expect(errorCode(addon.createGuest({ queuePairs: 1, queueSize: 64, features: RING_PACKED }))).toBe(
      'EINVAL',
    );
    const guest = newGuest();
    expect(() => guest.ring(2)).toThrow(RangeError);
    expect(() => {
      guest.run({ kind: 'ping', rate: 0 });
    }).toThrow(RangeError);
    expect(() => {
      guest.reset(65_536);
    }).toThrow(RangeError);
    guest.close();
    expect(() => guest.sample()).toThrow(/closed/);
  });
});
