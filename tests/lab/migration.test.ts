/** The front-end's half of a migration against a real engine: what logging does to queues, and what is dirty then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startEngine } from '../../app/compose/engine.ts';
import { endpointOptions } from '../../app/compose/options.ts';
import type { RunningEngine } from '../../app/compose/running-engine.ts';
import type { QueueSnapshot } from '../../app/contract/snapshot.ts';
import { loadAddon } from '../../main/addon/load.ts';
import { GUEST_SAMPLE_FIELDS } from '../../main/addon/surface.ts';
import { until, valueOf } from '../../main/addon/testing/expectations.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import { DIALECTS, type Dialect } from '../../main/wire/dialect.ts';

const TX = 1;
const MTU = 1500;
const addon = loadAddon();
let folder: string;
let engine: RunningEngine;
let vmm: Vmm;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-migration-'));
});
afterEach(async () => {
  vmm.close();
  await engine.end();
  await rm(folder, { recursive: true });
});

async function start(dialect: Dialect): Promise<void> {
  const path = join(folder, 'vm.sock');
  engine = valueOf(
    await startEngine({
      endpoints: [endpointOptions({ name: 'vm', path, dialect, mtu: MTU, simulated: true })],
      accelerators: [{ kind: 'emulated', id: 'emulated0' }],
    }),
  );
  vmm = new Vmm(addon, { dialect, queueSize: 64 });
  must(await vmm.connect(path));
  must(await vmm.start());
}

function must(outcome: { readonly ok: boolean; readonly error?: { readonly message: string } }): void {
  if (!outcome.ok) throw new Error(outcome.error?.message ?? 'failed');
}

const counted = (name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
  vmm.guest?.sample()[GUEST_SAMPLE_FIELDS.indexOf(name)] ?? 0;

async function untilQueue(is: (queue: QueueSnapshot) => boolean): Promise<QueueSnapshot> {
  const client = engine.service.connect();
  try {
    for (const end = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
      const status = await client.call('status.get', {});
      const queue = status.ok ? status.value.sessions[0]?.queues[TX] : undefined;
      if (queue !== undefined && is(queue)) return queue;
      if (Date.now() > end) throw new Error(`the queue is ${JSON.stringify(queue)}`);
    }
  } finally {
    client.dispose();
  }
}

async function accelerate(): Promise<void> {
  const client = engine.service.connect();
  must(
    await client.call('queue.set', { session: 'vm', index: TX, desired: 'accelerated', accelerator: null }),
  );
  client.dispose();
  await untilQueue(({ phase }) => phase === 'mapped');
}

/** Sends some frames, and returns when all of them came back and nothing is under way. */
async function traffic(): Promise<void> {
  const before = counted('received');
  vmm.guest?.run({ kind: 'stream', rate: 5000 });
  await until(() => counted('received') > before + 50);
  await vmm.guest?.drain(10_000);
  expect(counted('received')).toBe(counted('sent'));
  expect([counted('lost'), counted('corrupted'), counted('duplicated')]).toEqual([0, 0, 0]);
}

/** Guest addresses of the pages of the used rings, and of all memory. */
function places() {
  const { guest } = vmm;
  if (guest === null) throw new Error('no guest');
  const { fd, regions } = guest.memory();
  fd.close();
  const used = [0, TX].map((index) => {
    const at = guest.ring(index).used;
    const region = regions.find(
      ({ frontendAddress, size }) => at >= frontendAddress && at < frontendAddress + size,
    );
    if (region === undefined) throw new Error('a ring outside memory');
    const address = at - region.frontendAddress + region.guestAddress;
    return address - (address % 4096n);
  });
  const isMemory = (page: bigint): boolean =>
    regions.some(({ guestAddress, size }) => page >= guestAddress && page < guestAddress + size);
  const [, high] = regions;
  const isBuffer = (page: bigint): boolean => high !== undefined && page >= high.guestAddress;
  return { used, isMemory, isBuffer };
}

describe.each(DIALECTS)('a migration in dialect %s', (dialect) => {
  it('takes an accelerated queue to software, finds what is written, and gives it back at the end', async () => {
    await start(dialect);
    await accelerate();
    await traffic();
    expect(vmm.dirtyPages()).toEqual([]);

    must(await vmm.startLogging());
    const logged = await untilQueue(({ phase }) => phase === 'software');
    expect(logged).toMatchObject({ desired: 'accelerated', reason: { code: 'migration-logging' } });
    expect(vmm.snapshot().queues[TX]?.area?.mapped ?? false).toBe(false);
    // All of memory once: nobody knows what the device had under way.
    const { used, isMemory, isBuffer } = places();
    expect(vmm.dirtyPages().filter(isBuffer).length).toBeGreaterThan(1);

    await traffic();
    const written = vmm.dirtyPages();
    expect(written).toEqual(expect.arrayContaining([...new Set(used)]));
    expect(written.filter(isBuffer).length).toBeGreaterThan(0);
    expect(written.every(isMemory)).toBe(true);
    // They were taken, and an idle guest writes nothing.
    expect(vmm.dirtyPages()).toEqual([]);

    must(await vmm.stopLogging());
    expect((await untilQueue(({ phase }) => phase === 'mapped')).reason).toBeNull();
    await traffic();
    expect(vmm.dirtyPages()).toEqual([]);
  });

  it('of a device that starts under it leaves the queue in software until it ends', async () => {
    await start(dialect);
    await accelerate();
    must(await vmm.stop());
    must(await vmm.startLogging());
    must(await vmm.start());
    await untilQueue(({ phase, reason }) => phase === 'software' && reason?.code === 'migration-logging');
    await traffic();
    expect(vmm.dirtyPages()).toEqual(expect.arrayContaining([...new Set(places().used)]));
    must(await vmm.stopLogging());
    await untilQueue(({ phase }) => phase === 'mapped');
  });
});

it('messages that stand alone are taken by the engine, and an MTU beyond its own is refused', async () => {
  await start('upstream');
  must(await vmm.say({ name: 'SEND_RARP', mac: 0x5634_1200_5452n }));
  must(await vmm.say({ name: 'SET_LOG_FD' }));
  must(await vmm.say({ name: 'NET_SET_MTU', mtu: BigInt(MTU) }));
  expect(await vmm.say({ name: 'NET_SET_MTU', mtu: 9000n })).toMatchObject({ error: { code: 'refused' } });
  await traffic();
});

it('memory slots that are removed while the device stands still are there again at its next start', async () => {
  await start('upstream');
  await traffic();
  must(await vmm.stop());
  must(await vmm.removeMemory());
  must(await vmm.start());
  await traffic();
});
