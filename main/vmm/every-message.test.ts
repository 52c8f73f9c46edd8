/** What this front-end can say, against the table: nothing that a back-end of ours serves is left unsaid. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import { until } from '../addon/testing/expectations.ts';
import { protocolBitsOf, protocolMask } from '../wire/protocol-features.ts';
import { FRONTEND, type FrontendName } from '../wire/table/frontend.ts';
import { DRIVER_FEATURES } from './config.ts';
import { ScriptedBackend } from './testing/scripted-backend.ts';
import { Vmm } from './vmm.ts';

/** A whole life of a front-end, in which it says all that it can with these protocol features. */
async function allSaid(path: string, protocolOffered: bigint): Promise<readonly FrontendName[]> {
  const addon = loadAddon();
  const backend = new ScriptedBackend(addon, path, { virtioOffered: (1n << 64n) - 1n, protocolOffered });
  const vmm = new Vmm(addon, { queueSize: 16, iommu: true, virtioFeatures: DRIVER_FEATURES });
  const hasSlots = (protocolOffered & protocolMask('CONFIGURE_MEM_SLOTS')) !== 0n;
  try {
    const done = [await vmm.connect(path), await vmm.start(), await vmm.startLogging()];
    const iova = vmm.guest?.ring(0).desc ?? 0n;
    const miss = { iova, size: 0n, userAddress: 0n, readable: true, writable: false, type: 'miss' } as const;
    expect(await backend.ask('BACKEND_IOTLB_MSG', miss, null)).toBe(0n);
    done.push(
      await vmm.invalidate(),
      await vmm.say({ name: 'SET_LOG_FD' }),
      await vmm.stopLogging(),
      await vmm.say({ name: 'SEND_RARP', mac: 1n }),
      await vmm.say({ name: 'NET_SET_MTU', mtu: 1500n }),
      await vmm.stop(),
      ...(hasSlots ? [await vmm.removeMemory()] : []),
      await vmm.say({ name: 'RESET_OWNER' }),
    );
    await until(() => backend.names().at(-1) === 'RESET_OWNER');
    expect(done.filter(({ ok }) => !ok)).toEqual([]);
    expect(backend.malformed).toEqual([]);
    return backend.names();
  } finally {
    vmm.close();
    backend.close();
  }
}

test('every message of the table that is served is said in the life of a front-end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vmm-every-'));
  try {
    const offered = protocolBitsOf('upstream');
    const bySlot = await allSaid(join(folder, 'slots'), offered);
    const byTable = await allSaid(join(folder, 'table'), offered & ~protocolMask('CONFIGURE_MEM_SLOTS'));
    const served = Object.values(FRONTEND)
      .filter((row) => row.served)
      .map(({ name }) => name);
    expect([...new Set([...bySlot, ...byTable])].sort()).toEqual([...served].sort());
  } finally {
    rmSync(folder, { recursive: true });
  }
});
