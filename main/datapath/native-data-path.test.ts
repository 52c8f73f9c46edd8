/** The engine's ports over the real addon: a simulated guest on its own rings, the workers, the emulated device. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EmulatedAccelerator } from '../accel/emulated/emulated-accelerator.ts';
import { loadAddon } from '../addon/load.ts';
import type { DataPath as Workers, Guest } from '../addon/surface.ts';
import type { AcceleratorQueue, DataPathQueue, DataPathSession, MappedMemory } from '../engine/ports.ts';
import { NativeDataPath } from './native-data-path.ts';
import { frontendAddr, guestAddr } from '../wire/address.ts';

const RX = 0;
const TX = 1;
const addon = loadAddon();

let workers: Workers;
let accelerator: EmulatedAccelerator;
let session: DataPathSession;
let guest: Guest;
let memory: MappedMemory;
let queues: readonly [DataPathQueue, DataPathQueue];
let features: bigint;

function must<T>(result: { ok: true; value: T } | { ok: false; error: { message: string } }): T {
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

function start(index: number, base = 0): void {
  const { size, desc, avail, used } = guest.ring(index);
  const ring = { size, features, base, behindIommu: false };
  const at = { desc: frontendAddr(desc), avail: frontendAddr(avail), used: frontendAddr(used) };
  must(queue(index).start(memory, { ...ring, ...at }));
}

const queue = (index: number): DataPathQueue => (index === RX ? queues[0] : queues[1]);

beforeEach(() => {
  workers = must(addon.createDataPath({ workers: 1, cpus: [], busyPollNs: 50_000, uplink: null }));
  const dataPath = new NativeDataPath(workers);
  features = dataPath.features;
  accelerator = must(EmulatedAccelerator.create(addon, workers, { id: 'emu0', instance: 1, features }));
  session = dataPath.session(null);
  guest = must(addon.createGuest({ queuePairs: 1, queueSize: 64, features }));
  const table = guest.memory();
  const regions = table.regions.map((region) => ({
    region: {
      ...region,
      guestAddress: guestAddr(region.guestAddress),
      frontendAddress: frontendAddr(region.frontendAddress),
    },
    fd: table.fd,
  }));
  memory = must(session.mapMemory(regions));
  table.fd.close();
  queues = [session.queue(RX, 'rx'), session.queue(TX, 'tx')];
  for (const index of [RX, TX]) {
    const kick = must(guest.kick(index));
    const call = must(guest.call(index));
    queue(index).setKick(kick);
    queue(index).setCall(call);
    queue(index).setEnabled(true);
    kick.close();
    call.close();
    start(index);
  }
});

afterEach(() => {
  guest.close();
  for (const one of queues) {
    one.stop();
    one.close();
  }
  memory.close();
  session.close();
  accelerator.close();
  workers.close();
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const rowOf = (index: number) => {
  const [row] = session.sample([queue(index)]);
  if (row === undefined) throw new Error('no row');
  return row;
};

function reserve(): AcceleratorQueue {
  return must(accelerator.queue('vm0/1'));
}

describe('The native data path', () => {
  it('offers ring features only: what concerns the connection is not its business', () => {
    expect(features & (1n << 32n)).not.toBe(0n);
    expect(features & (1n << 30n)).toBe(0n);
  });

  it('serves a guest and counts it', async () => {
    guest.run({ kind: 'ping', rate: 1000 });
    await until('ten served', () => (rowOf(TX).engineDescriptors ?? 0) >= 10);
    expect(rowOf(TX)).toMatchObject({ broken: null, deviceDescriptors: 0 });
    expect(rowOf(TX).kicks).toBeGreaterThan(0);
  });

  it('tells what it did for a queue: every chain in a batch, every batch called for or not', async () => {
    guest.run({ kind: 'ping', rate: 1000 });
    await until('ten served', () => (rowOf(TX).engineDescriptors ?? 0) >= 10);
    await guest.drain(2000);
    await until('the last batch counted', () => {
      const told = session.statistics(queue(TX));
      const batches = told?.batches.reduce((sum, { count }) => sum + count, 0) ?? -1;
      return told !== null && batches === told.calls + told.callsSuppressed;
    });
    const statistics = session.statistics(queue(TX));
    expect(statistics?.frames).toBe(statistics?.chains);
    expect(statistics?.bytes).toBeGreaterThan(60 * (statistics?.frames ?? 0));
    expect(statistics?.drops).toEqual({});
  });

  it('moves a queue to a worker that exists, tells which one had it, and refuses any other', () => {
    expect(session.assign(queue(TX), 0)).toEqual({ ok: true, value: 0 });
    const refused = session.assign(queue(TX), 1);
    expect(refused).toMatchObject({ ok: false, error: { code: 'EINVAL' } });
  });

  it('hands a ring to the emulated accelerator and takes it back at the exact index', async () => {
    guest.run({ kind: 'ping', rate: 1000 });
    const device = reserve();
    const taken = must(queue(TX).handoverTo(device));
    expect(taken.base).toBeGreaterThanOrEqual(0);
    const engineBefore = rowOf(TX).engineDescriptors;
    await until('ten served by the device', () => (rowOf(TX).deviceDescriptors ?? 0) >= 10);
    expect(rowOf(TX).engineDescriptors).toBe(engineBefore);
    must(queue(TX).handoverBack());
    const deviceBefore = rowOf(TX).deviceDescriptors;
    await until('the engine serves', () => (rowOf(TX).engineDescriptors ?? 0) > (engineBefore ?? 0));
    expect(rowOf(TX).deviceDescriptors).toBe(deviceBefore);
    await guest.drain(2000);
    const sample = guest.sample();
    expect([...sample.slice(2, 6)]).toEqual([0, 0, 0, 0]);
    device.close();
  });

  it('refuses a ring outside of memory by the contract’s code', () => {
    queue(TX).stop();
    const { size, desc } = guest.ring(TX);
    const nowhere = frontendAddr(desc + (1n << 40n));
    const result = queue(TX).start(memory, {
      size,
      features,
      base: 0,
      behindIommu: false,
      desc: nowhere,
      avail: nowhere,
      used: nowhere,
    });
    expect(result).toMatchObject({ ok: false, error: { code: 'ring-address-invalid' } });
  });

  it('refuses a memory table of another data path', () => {
    queue(TX).stop();
    const { size, desc, avail, used } = guest.ring(TX);
    const at = { desc: frontendAddr(desc), avail: frontendAddr(avail), used: frontendAddr(used) };
    const result = queue(TX).start(
      { close: () => undefined },
      { size, features, base: 0, behindIommu: false, ...at },
    );
    expect(result).toMatchObject({ ok: false, error: { code: 'internal' } });
  });
});

describe('The emulated accelerator', () => {
  it('says what it is: simulated, with a simulated group of its own', () => {
    expect(accelerator).toMatchObject({ id: 'emu0', kind: 'emulated', capabilities: { simulated: true } });
    const group = accelerator.group();
    expect(group.id).toBe('s1');
    // A file of its own stands for the group where a dialect sends one; it holds nothing.
    expect(group.fd.identity()).toMatchObject({ kind: 'memfd', size: 0n });
    expect(accelerator.probe()).toEqual({ usable: true, problem: null });
  });

  it('gives each queue a page of the host’s size in a file of its own', () => {
    const devices = [reserve(), reserve()];
    const areas = devices.map((device) => must(device.notifyArea()));
    for (const area of areas) {
      expect(area.size).toBe(BigInt(addon.io.pageSize()));
      expect(area.offset % area.size).toBe(0n);
    }
    expect(areas[0]?.fd.identity().key).not.toBe(areas[1]?.fd.identity().key);
    for (const area of areas) area.fd.close();
    for (const device of devices) device.close();
  });

  it('counts who holds it, once per queue, and forgets it at the close', () => {
    const device = reserve();
    device.setHolding(true);
    device.setHolding(true);
    expect(accelerator.holders()).toEqual(['vm0/1']);
    device.close();
    device.close();
    expect(accelerator.holders()).toEqual([]);
  });

  it('is not usable once it was closed', () => {
    accelerator.close();
    expect(accelerator.probe()).toMatchObject({ usable: false });
    expect(accelerator.queue('vm0/1').ok).toBe(false);
    expect(accelerator.simulatedCpuNs()).toBeNull();
  });
});
