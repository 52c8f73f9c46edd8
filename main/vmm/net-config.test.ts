/** The configuration of the guest's device, as a back-end that offers CONFIG tells it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import { until } from '../addon/testing/expectations.ts';
import { encodeBackend, encodeReply } from '../wire/encode.ts';
import { encodeFrame } from '../wire/header.ts';
import { encodeNetConfig } from '../wire/net-config.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { FRONTEND } from '../wire/table/frontend.ts';
import { virtioMask } from '../wire/virtio-features.ts';
import { PROFILES } from './profiles/all.ts';
import { NET_CONFIG, SCRIPT, ScriptedBackend, type BackendScript } from './testing/scripted-backend.ts';
import { Vmm, type VmmOptions } from './vmm.ts';

const addon = loadAddon();
const OFFERS: Partial<BackendScript> = {
  protocolOffered: SCRIPT.protocolOffered | protocolMask('CONFIG'),
  virtioOffered: SCRIPT.virtioOffered | virtioMask('NET_F_MAC', 'NET_F_STATUS', 'NET_F_MTU'),
};
const TOLD = { mac: NET_CONFIG.mac, link: 'up', queuePairs: null, mtu: 1500 };

let folder: string;
let backend: ScriptedBackend;
let vmm: Vmm;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmm-config-'));
});
afterEach(() => {
  vmm.close();
  backend.close();
  rmSync(folder, { recursive: true });
});

async function running(script: Partial<BackendScript> = {}, options: VmmOptions = {}): Promise<void> {
  const path = join(folder, 'socket');
  backend = new ScriptedBackend(addon, path, { ...OFFERS, ...script });
  vmm = new Vmm(addon, { queueSize: 16, ...options });
  expect([await vmm.connect(path), await vmm.start()]).toMatchObject([{ ok: true }, { ok: true }]);
}

const asked = (): number => backend.names().filter((name) => name === 'GET_CONFIG').length;

test.each(['qemu', 'uml'] as const)(
  'a back-end that offers it is asked for it by %s, once',
  async (profile) => {
    await running({}, { profile: PROFILES[profile] });
    expect(vmm.snapshot().config).toEqual(TOLD);
    expect(asked()).toBe(1);
    expect(backend.malformed).toEqual([]);
  },
);

test('it is asked for as far as its features say something', async () => {
  await running({ virtioOffered: SCRIPT.virtioOffered | virtioMask('NET_F_MAC') });
  const [read] = backend.received.filter((message) => message.name === 'GET_CONFIG');
  expect(read?.payload).toMatchObject({ offset: 0, flags: 0, data: new Uint8Array(6) });
  expect(vmm.snapshot().config).toEqual({ ...TOLD, link: null, mtu: null });
});

test('a back-end that does not offer it is not asked', async () => {
  await running({ protocolOffered: SCRIPT.protocolOffered });
  expect([asked(), vmm.snapshot().config]).toEqual([0, null]);
});

test.each([true, false])(
  'a change is read again and told, where an answer to it is wanted: %s',
  async (needReply) => {
    await running();
    const events: unknown[] = [];
    vmm.onEvent((event) => events.push(event));
    backend.config = encodeNetConfig({ ...NET_CONFIG, linkUp: false });
    if (needReply) expect(await backend.ask('BACKEND_CONFIG_CHANGE_MSG', null, null)).toBe(0n);
    else backend.sendRaw(encodeBackend('BACKEND_CONFIG_CHANGE_MSG', null), []);
    await until(() => vmm.snapshot().config?.link === 'down');
    expect(events).toEqual([{ kind: 'config', ...TOLD, link: 'down' }]);
    expect(asked()).toBe(2);
  },
);

test('a change that was not negotiated is refused, and nothing is read', async () => {
  await running({ protocolOffered: SCRIPT.protocolOffered });
  expect(await backend.ask('BACKEND_CONFIG_CHANGE_MSG', null, null)).not.toBe(0n);
  expect(asked()).toBe(0);
});

test('a back-end that refuses to tell it is one whose device tells nothing', async () => {
  await running({ instead: { GET_CONFIG: encodeFrame(FRONTEND.GET_CONFIG.id, 'reply', new Uint8Array(0)) } });
  expect(vmm.snapshot()).toMatchObject({ link: 'connected', device: 'running', config: null });
});

test.each([
  ['another offset', { offset: 6, flags: 0, data: new Uint8Array(12) }],
  ['fewer bytes', { offset: 0, flags: 0, data: new Uint8Array(6) }],
])('an answer with %s ends the connection', async (_, payload) => {
  const path = join(folder, 'socket');
  backend = new ScriptedBackend(addon, path, {
    ...OFFERS,
    instead: { GET_CONFIG: encodeReply('GET_CONFIG', payload) },
  });
  vmm = new Vmm(addon, { queueSize: 16 });
  expect(await vmm.connect(path)).toMatchObject({ ok: false, error: { code: 'answer' } });
});

test('what was told is forgotten with the connection', async () => {
  await running();
  vmm.disconnect();
  await until(() => vmm.snapshot().link === 'disconnected');
  expect(vmm.snapshot().config).toBeNull();
});
