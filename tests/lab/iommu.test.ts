/** A guest behind a vIOMMU on a real engine: its traffic comes back whole while translations come and go. */
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
import { PROFILES } from '../../main/vmm/profiles/all.ts';
import { Vmm, type VmmOptions } from '../../main/vmm/vmm.ts';
import { virtioMask } from '../../main/wire/virtio-features.ts';

const addon = loadAddon();
let folder: string;
let engine: RunningEngine;
let vmm: Vmm | null = null;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'doorbell-iommu-'));
});
afterEach(async () => {
  vmm?.close();
  vmm = null;
  await engine.end();
  await rm(folder, { recursive: true });
});

async function start(options: VmmOptions = {}, iommu = true): Promise<Vmm> {
  const path = join(folder, 'vm.sock');
  engine = valueOf(
    await startEngine({
      endpoints: [endpointOptions({ name: 'vm', path, iommu, simulated: true })],
      accelerators: [{ kind: 'emulated', id: 'emulated0' }],
    }),
  );
  vmm = new Vmm(addon, { iommu: true, queueSize: 64, ...options });
  const connected = await vmm.connect(path);
  if (!connected.ok) throw new Error(connected.error.message);
  const started = await vmm.start();
  if (!started.ok) throw new Error(started.error.message);
  return vmm;
}

const counted = (name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
  vmm?.guest?.sample()[GUEST_SAMPLE_FIELDS.indexOf(name)] ?? 0;

async function queue(index: number): Promise<QueueSnapshot> {
  const client = engine.service.connect();
  const status = await client.call('status.get', {});
  client.dispose();
  const found = status.ok ? status.value.sessions[0]?.queues[index] : undefined;
  if (found === undefined) throw new Error('no such queue');
  return found;
}

async function expectFlawless(running: Vmm): Promise<void> {
  await running.guest?.drain(10_000);
  expect(counted('received')).toBe(counted('sent'));
  expect([counted('lost'), counted('corrupted'), counted('duplicated'), counted('reordered')]).toEqual([
    0, 0, 0, 0,
  ]);
}

describe.each([
  ['split', 0n],
  ['packed', virtioMask('F_RING_PACKED')],
])('a guest behind a vIOMMU with %s rings', (_, format) => {
  it('has its stream back whole, a page of translations at a time, while they are taken away', async () => {
    const virtioFeatures = virtioMask('F_VERSION_1', 'F_EVENT_IDX', 'F_INDIRECT_DESC') | format;
    const running = await start({ virtioFeatures });
    running.guest?.run({ kind: 'stream', rate: 20_000 });
    for (let i = 0; i < 500; i++) {
      const taken = await running.invalidate();
      expect(taken.ok).toBe(true);
    }
    await until(() => counted('received') > 2000);
    await expectFlawless(running);
  });
});

it('user-mode Linux asks for its rings in another order and is followed as well', async () => {
  const running = await start({ profile: PROFILES.uml });
  running.guest?.run({ kind: 'ping', rate: 200 });
  await until(() => counted('received') > 20);
  await expectFlawless(running);
});

it('stop and start find the translations anew, from where the rings were', async () => {
  const running = await start();
  for (let i = 1; i <= 3; i++) {
    running.guest?.run({ kind: 'stream', rate: 5000 });
    await until(() => counted('received') > i * 50);
    // Frames under way to a ring that stops are lost, as on any network.
    await expectFlawless(running);
    expect((await running.stop()).ok).toBe(true);
    expect((await running.start()).ok).toBe(true);
  }
});

it('passthru is refused by its own reason while the vIOMMU is active, and software goes on', async () => {
  const running = await start();
  running.guest?.run({ kind: 'ping', rate: 200 });
  const client = engine.service.connect();
  await client.call('queue.set', { session: 'vm', index: 1, desired: 'accelerated', accelerator: null });
  client.dispose();
  await until(() => counted('received') > 20);
  const refused = await queue(1);
  expect(refused).toMatchObject({ phase: 'software', reason: { code: 'iommu-active' } });
  await expectFlawless(running);
});

it('a front-end behind an IOMMU does not start on an endpoint that offers none', async () => {
  await expect(start({}, false)).rejects.toThrow(/ACCESS_PLATFORM/);
});
