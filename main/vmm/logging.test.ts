import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import { until } from '../addon/testing/expectations.ts';
import { frontendAddr, guestAddr } from '../wire/address.ts';
import { encodeAck } from '../wire/encode.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { FRONTEND } from '../wire/table/frontend.ts';
import { hasVirtio, virtioMask } from '../wire/virtio-features.ts';
import { logBytes, markedPages } from './logging.ts';
import { SCRIPT, ScriptedBackend, type BackendScript } from './testing/scripted-backend.ts';
import { Vmm, type VmmOptions } from './vmm.ts';

const addon = loadAddon();
const LOGGING: Partial<BackendScript> = {
  virtioOffered: SCRIPT.virtioOffered | virtioMask('VHOST_F_LOG_ALL'),
  protocolOffered: SCRIPT.protocolOffered | protocolMask('LOG_SHMFD'),
};
const DONE = { ok: true, value: undefined };

let folder: string;
let opened: { close(): void }[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmm-logging-'));
});
afterEach(() => {
  for (const item of opened.splice(0).reverse()) item.close();
  expect(addon.io.leaked()).toBe(0);
  rmSync(folder, { recursive: true });
});

async function connected(script: Partial<BackendScript> = {}, options: VmmOptions = {}) {
  const path = join(folder, 'sock');
  const backend = new ScriptedBackend(addon, path, { ...LOGGING, ...script });
  const vmm = new Vmm(addon, { queueSize: 16, ...options });
  opened = [backend, vmm];
  expect(await vmm.connect(path)).toEqual(DONE);
  return { path, backend, vmm };
}
/** Nothing that was said until here is in `received`. */
async function running(script: Partial<BackendScript> = {}, options: VmmOptions = {}) {
  const pair = await connected(script, options);
  expect(await pair.vmm.start()).toEqual(DONE);
  const last = (options.queuePairs ?? 1) > 1 ? 'SET_VRING_ENABLE' : 'SET_STATUS';
  await until(() => pair.backend.names().at(-1) === last);
  pair.backend.received.length = 0;
  return pair;
}
const features = ({ received }: ScriptedBackend) =>
  received.flatMap((m) => (m.name === 'SET_FEATURES' ? [hasVirtio(m.payload, 'VHOST_F_LOG_ALL')] : []));
const addresses = ({ received }: ScriptedBackend) =>
  received.flatMap((m) => (m.name === 'SET_VRING_ADDR' ? [m.payload] : []));

describe('logging of a running device', () => {
  test("begins in QEMU's order, each ring's used part by its guest address, each answer waited for", async () => {
    const { vmm, backend } = await running();
    expect(await vmm.startLogging()).toEqual(DONE);
    expect(backend.names()).toEqual(['SET_LOG_BASE', 'SET_FEATURES', 'SET_VRING_ADDR', 'SET_VRING_ADDR']);
    expect(backend.received.slice(1).every(({ needReply }) => needReply)).toBe(true);
    expect(features(backend)).toEqual([true]);
    const low = vmm.guest?.memory();
    low?.fd.close();
    const region = low?.regions[0];
    for (const { logsUsedRing, used, log } of addresses(backend)) {
      expect(logsUsedRing).toBe(true);
      expect(log - (region?.guestAddress ?? 0n)).toBe(used - (region?.frontendAddress ?? 0n));
    }
    expect(backend.malformed).toEqual([]);
  });

  test('shares the bitmap once for all pairs', async () => {
    const { vmm, backend } = await running({}, { queuePairs: 2 });
    expect(await vmm.startLogging()).toEqual(DONE);
    const pair = ['SET_FEATURES', 'SET_VRING_ADDR', 'SET_VRING_ADDR'];
    expect(backend.names()).toEqual(['SET_LOG_BASE', ...pair, ...pair]);
  });

  test('asks for the features behind each message where nothing is acknowledged', async () => {
    const protocolOffered = protocolMask('LOG_SHMFD', 'STATUS');
    const { vmm, backend } = await running({ protocolOffered });
    expect(await vmm.startLogging()).toEqual(DONE);
    const waited = ['SET_FEATURES', 'SET_VRING_ADDR', 'SET_VRING_ADDR'];
    expect(backend.names()).toEqual(['SET_LOG_BASE', ...waited.flatMap((name) => [name, 'GET_FEATURES'])]);
    expect(backend.malformed).toEqual([]);
  });

  test('ends by the features and the addresses, and nothing is dirty then', async () => {
    const { vmm, backend } = await running();
    await vmm.startLogging();
    backend.received.length = 0;
    expect(await vmm.stopLogging()).toEqual(DONE);
    await until(() => backend.received.length === 3);
    expect(backend.names()).toEqual(['SET_FEATURES', 'SET_VRING_ADDR', 'SET_VRING_ADDR']);
    expect(features(backend)).toEqual([false]);
    expect(addresses(backend).map(({ logsUsedRing, log }) => [logsUsedRing, log])).toEqual([
      [false, 0n],
      [false, 0n],
    ]);
    expect(vmm.dirtyPages()).toEqual([]);
  });

  test('that the back-end refuses ends the connection: a log that misses pages is of no use', async () => {
    const { vmm } = await running({ refuse: ['SET_FEATURES'] });
    expect(await vmm.startLogging()).toMatchObject({ error: { code: 'refused' } });
    expect(vmm.snapshot().link).toBe('disconnected');
  });

  test('takes any payload of the answer to SET_LOG_BASE, and no other answer', async () => {
    const taking = await running({ instead: { SET_LOG_BASE: encodeAck(FRONTEND.SET_LOG_BASE.id, 7n) } });
    expect(await taking.vmm.startLogging()).toEqual(DONE);
    for (const item of opened.splice(0).reverse()) item.close();
    const wrong = await running({ instead: { SET_LOG_BASE: encodeAck(FRONTEND.SET_LOG_FD.id, 0n) } });
    expect(await wrong.vmm.startLogging()).toMatchObject({ error: { code: 'answer' } });
  });

  test('is over with the connection', async () => {
    const { vmm, path } = await running();
    await vmm.startLogging();
    vmm.disconnect();
    await until(() => vmm.snapshot().link === 'disconnected');
    expect(await vmm.connect(path)).toEqual(DONE);
    expect(await vmm.stopLogging()).toMatchObject({ error: { code: 'state' } });
  });
});

describe('logging of a stopped device', () => {
  test('says nothing until the start, which shares the bitmap last', async () => {
    const { vmm, backend } = await running();
    await vmm.stop();
    backend.received.length = 0;
    expect(await vmm.startLogging()).toEqual(DONE);
    expect(backend.names()).toEqual([]);
    expect(await vmm.start()).toEqual(DONE);
    await until(() => backend.names().at(-1) === 'SET_STATUS');
    expect(features(backend)).toEqual([true]);
    expect(addresses(backend).map(({ logsUsedRing }) => logsUsedRing)).toEqual([true, true]);
    expect(backend.names().slice(-4)).toEqual(['SET_VRING_CALL', 'SET_LOG_BASE', 'GET_STATUS', 'SET_STATUS']);
  });

  test('ends without a word', async () => {
    const { vmm, backend } = await connected();
    await vmm.startLogging();
    expect(await vmm.stopLogging()).toEqual(DONE);
    expect(backend.names()).not.toContain('SET_FEATURES');
  });
});

describe('logging', () => {
  test.each([
    ['VHOST_F_LOG_ALL', { virtioOffered: SCRIPT.virtioOffered }],
    ['LOG_SHMFD', { protocolOffered: SCRIPT.protocolOffered }],
  ])('with a back-end that does not offer %s fails by its name', async (name, script) => {
    const { vmm } = await running(script);
    const failed = await vmm.startLogging();
    expect(failed).toMatchObject({ error: { code: 'features' } });
    expect(failed.ok ? '' : failed.error.message).toContain(name);
  });

  test('is begun once and ended once', async () => {
    const { vmm } = await running();
    expect(await vmm.stopLogging()).toMatchObject({ error: { code: 'state' } });
    expect(await vmm.startLogging()).toEqual(DONE);
    expect(await vmm.startLogging()).toMatchObject({ error: { code: 'state' } });
  });
});

describe('the bitmap', () => {
  const region = (at: bigint, size: bigint) => ({
    guestAddress: guestAddr(at),
    size,
    frontendAddress: frontendAddr(0n),
    mmapOffset: 0n,
  });

  test('has a bit for each 4096 bytes up to the end of memory, in words of 64', () => {
    expect(logBytes([])).toBe(8n);
    expect(logBytes([region(0n, 64n * 4096n)])).toBe(8n);
    expect(logBytes([region(1n << 32n, 4096n), region(0n, 4096n)])).toBe((1n << 17n) + 8n);
  });

  test('names a page by its bit, the lowest first', () => {
    expect(markedPages(Uint8Array.of(0, 0))).toEqual([]);
    expect(markedPages(Uint8Array.of(0x81, 0x02))).toEqual([0n, 7n * 4096n, 9n * 4096n]);
  });
});
