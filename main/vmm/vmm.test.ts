import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import { GUEST_SAMPLE_FIELDS, type Fd } from '../addon/surface.ts';
import { nextData, until, valueOf } from '../addon/testing/expectations.ts';
import { encodeAck, encodeBackend, encodeFrontend } from '../wire/encode.ts';
import { encodeFrame } from '../wire/header.ts';
import { protocolMask } from '../wire/protocol-features.ts';
import { ANSWER_CODES } from '../wire/answer-codes.ts';
import { NO_FAULTS } from './faults.ts';
import { ScriptedBackend, SCRIPT, type BackendScript } from './testing/scripted-backend.ts';
import type { VmmEvent } from './effects.ts';
import { Vmm, type VmmOptions } from './vmm.ts';

const addon = loadAddon();
const PAGE = BigInt(addon.io.pageSize());
const page = (index: number, more: Partial<{ noFd: boolean; size: bigint; offset: bigint }> = {}) => ({
  index,
  noFd: false,
  size: PAGE,
  offset: 0n,
  ...more,
});
const newPage = (): Fd => valueOf(addon.io.memfd('page', PAGE));
const openFds = (): number => readdirSync('/proc/self/fd').length;
const pagesMapped = (): number => readFileSync('/proc/self/maps', 'utf8').split('memfd:page').length - 1;

let folder: string;
let opened: { close(): void }[] = [];
let fdsBefore: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmm-'));
  fdsBefore = openFds();
});
afterEach(async () => {
  for (const item of opened.splice(0).reverse()) item.close();
  opened = [];
  await until(() => openFds() <= fdsBefore);
  expect([pagesMapped(), addon.io.leaked()]).toEqual([0, 0]);
  rmSync(folder, { recursive: true });
});

function setUp(script: Partial<BackendScript> = {}, options: VmmOptions = {}) {
  const path = join(folder, 'sock');
  const backend = new ScriptedBackend(addon, path, script);
  const vmm = new Vmm(addon, { queueSize: 16, ...options });
  const events: VmmEvent[] = [];
  vmm.onEvent((event) => events.push(event));
  opened.push(backend, vmm);
  return { path, backend, vmm, events };
}
async function connected(script: Partial<BackendScript> = {}, options: VmmOptions = {}) {
  const pair = setUp(script, options);
  expect(await pair.vmm.connect(pair.path)).toEqual({ ok: true, value: undefined });
  return pair;
}
async function running(script: Partial<BackendScript> = {}, options: VmmOptions = {}) {
  const pair = await connected(script, options);
  expect(await pair.vmm.start()).toEqual({ ok: true, value: undefined });
  return pair;
}
const HOST_NOTIFIER = 'BACKEND_VRING_HOST_NOTIFIER_MSG';

describe('connect', () => {
  test("sends QEMU's sequence, every message well-formed", async () => {
    const { backend } = await connected();
    await until(() => backend.received.length >= 13);
    expect(backend.names()).toEqual([
      'GET_FEATURES',
      'GET_PROTOCOL_FEATURES',
      'SET_PROTOCOL_FEATURES',
      'GET_QUEUE_NUM',
      'SET_BACKEND_REQ_FD',
      'SET_OWNER',
      'GET_FEATURES',
      'SET_VRING_CALL',
      'SET_VRING_ERR',
      'SET_VRING_CALL',
      'SET_VRING_ERR',
      'SET_VRING_ENABLE',
      'SET_VRING_ENABLE',
    ]);
    expect(backend.malformed).toEqual([]);
  });

  test('to nobody fails with the reason', async () => {
    const vmm = new Vmm(addon);
    opened.push(vmm);
    expect(await vmm.connect(join(folder, 'none'))).toMatchObject({ ok: false, error: { code: 'system' } });
  });

  test('to a back-end without VERSION_1 fails', async () => {
    const { vmm, path } = setUp({ virtioOffered: 0n });
    expect(await vmm.connect(path)).toMatchObject({ ok: false, error: { code: 'features' } });
    expect(vmm.snapshot().link).toBe('disconnected');
  });

  test('with more pairs than the back-end has fails', async () => {
    const { vmm, path } = setUp({ queuePairs: 2 }, { queuePairs: 3 });
    expect(await vmm.connect(path)).toMatchObject({ ok: false, error: { code: 'features' } });
  });

  test('with several pairs to a back-end without MQ fails', async () => {
    const { vmm, path } = setUp({ protocolOffered: protocolMask('REPLY_ACK') }, { queuePairs: 2 });
    expect(await vmm.connect(path)).toMatchObject({ ok: false, error: { code: 'features' } });
  });

  test('to a back-end that does not answer fails at the deadline', async () => {
    const { vmm, path } = setUp({ swallow: ['GET_PROTOCOL_FEATURES'] }, { answerDeadlineMs: 30 });
    expect(await vmm.connect(path)).toMatchObject({
      error: { code: 'deadline', message: 'The back-end did not answer GET_PROTOCOL_FEATURES within 30 ms' },
    });
  });

  test('to a back-end that refuses the request channel fails', async () => {
    const { vmm, path } = setUp({ refuse: ['SET_BACKEND_REQ_FD'] });
    expect(await vmm.connect(path)).toMatchObject({ error: { code: 'refused' } });
  });

  test('to a back-end that answers another question fails', async () => {
    const { vmm, path } = setUp({ instead: { GET_QUEUE_NUM: encodeAck(1, 0n) } });
    expect(await vmm.connect(path)).toMatchObject({ error: { code: 'answer' } });
  });

  test('to a back-end that answers garbage fails', async () => {
    const { vmm, path } = setUp({ instead: { GET_FEATURES: new Uint8Array(12).fill(0xff) } });
    expect(await vmm.connect(path)).toMatchObject({ error: { code: 'disconnected' } });
  });

  test('while connected is refused', async () => {
    const { vmm, path } = await connected();
    expect(await vmm.connect(path)).toMatchObject({ error: { code: 'state' } });
  });

  test('works again after the back-end hung up', async () => {
    const { vmm, backend, path } = await connected();
    backend.hangUp();
    await until(() => vmm.snapshot().link === 'disconnected');
    expect(await vmm.connect(path)).toMatchObject({ ok: true });
    expect(await vmm.start()).toMatchObject({ ok: true });
  });

  test('by a back-end to a listening front-end runs the same sequence', async () => {
    const path = join(folder, 'server');
    const vmm = new Vmm(addon);
    opened.push(vmm);
    opened.push(valueOf(vmm.listen(path)));
    const stream = valueOf(addon.io.connect(path));
    opened.push(stream);
    expect((await nextData(stream)).bytes).toEqual(encodeFrontend('GET_FEATURES', null));
    expect(vmm.snapshot().link).toBe('connected');
  });
});

describe('start and stop', () => {
  test('start sends features, memory, then each ring, and no enable', async () => {
    const { backend } = await running();
    const before = 13;
    await until(() => backend.received.length >= before + 13);
    expect(backend.names().slice(before)).toEqual([
      'SET_FEATURES',
      'SET_MEM_TABLE',
      'SET_VRING_NUM',
      'SET_VRING_BASE',
      'SET_VRING_ADDR',
      'SET_VRING_KICK',
      'SET_VRING_CALL',
      'SET_VRING_NUM',
      'SET_VRING_BASE',
      'SET_VRING_ADDR',
      'SET_VRING_KICK',
      'SET_VRING_CALL',
      'GET_STATUS',
    ]);
    await until(() => backend.received.length >= before + 14);
    expect(backend.names().at(-1)).toBe('SET_STATUS');
    expect(backend.malformed).toEqual([]);
  });

  test('16 queue pairs are set up ring by ring and enabled once they run', async () => {
    const { backend, vmm } = await running({}, { queuePairs: 16 });
    await until(() => backend.names().filter((name) => name === 'SET_VRING_ENABLE').length === 62);
    expect(backend.names().filter((name) => name === 'SET_VRING_KICK')).toHaveLength(32);
    expect(backend.malformed).toEqual([]);
    expect(vmm.snapshot().queues).toHaveLength(32);
  });

  test('memory goes slot by slot where slots are negotiated, once per connection', async () => {
    const protocolOffered = SCRIPT.protocolOffered | protocolMask('CONFIGURE_MEM_SLOTS');
    const { backend, vmm } = await running({ protocolOffered });
    await vmm.stop();
    await vmm.start();
    await vmm.stop();
    expect(backend.names().filter((name) => name === 'ADD_MEM_REG')).toHaveLength(2);
    expect(backend.names()).not.toContain('SET_MEM_TABLE');
    expect(backend.malformed).toEqual([]);
  });

  test('memory slots of a stopped device are removed on request, and added again', async () => {
    const protocolOffered = SCRIPT.protocolOffered | protocolMask('CONFIGURE_MEM_SLOTS');
    const { backend, vmm } = await running({ protocolOffered });
    expect(await vmm.removeMemory()).toMatchObject({ error: { code: 'state' } });
    await vmm.stop();
    expect(await vmm.removeMemory()).toEqual({ ok: true, value: undefined });
    expect(await vmm.removeMemory()).toMatchObject({ error: { code: 'state' } });
    await vmm.start();
    const changes = backend.names().filter((name) => name.endsWith('_MEM_REG'));
    expect(changes).toEqual([
      ...['ADD_MEM_REG', 'ADD_MEM_REG'],
      ...['REM_MEM_REG', 'REM_MEM_REG'],
      ...['ADD_MEM_REG', 'ADD_MEM_REG'],
    ]);
    expect(backend.malformed).toEqual([]);
  });

  test('a refused memory table ends the start and leaves the connection', async () => {
    const { vmm } = await connected({ refuse: ['SET_MEM_TABLE'] });
    expect(await vmm.start()).toMatchObject({ error: { code: 'refused' } });
    expect(vmm.snapshot()).toMatchObject({ link: 'connected', device: 'stopped' });
  });

  test('a stopped ring goes on from the base that the back-end gave', async () => {
    const { vmm, backend } = await running({ base: 77 });
    await vmm.stop();
    await vmm.start();
    await vmm.stop();
    const bases = backend.received.flatMap((m) => (m.name === 'SET_VRING_BASE' ? [m.payload.num] : []));
    expect(bases).toEqual([0, 0, 77, 77]);
  });

  test('a reset begins afresh at index 0', async () => {
    const { vmm, backend } = await running({ base: 77 });
    expect(await vmm.reset()).toMatchObject({ ok: true });
    await vmm.start();
    await vmm.stop();
    const bases = backend.received.flatMap((m) => (m.name === 'SET_VRING_BASE' ? [m.payload.num] : []));
    expect(bases).toEqual([0, 0, 0, 0]);
  });

  test('a base beyond 16 bits ends the connection', async () => {
    const { vmm } = await running({ base: 0x1_0000 });
    expect(await vmm.stop()).toMatchObject({ error: { code: 'answer' } });
    expect(vmm.snapshot().link).toBe('disconnected');
  });

  test('calls made together run one after the other', async () => {
    const { vmm } = await connected();
    const outcomes = await Promise.all([vmm.start(), vmm.stop(), vmm.start(), vmm.reset(), vmm.start()]);
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect(vmm.snapshot().device).toBe('running');
  });

  test('start of a running device is refused', async () => {
    const { vmm } = await running();
    expect(await vmm.start()).toMatchObject({ error: { code: 'state' } });
  });

  test('calls without a connection are refused', async () => {
    const { vmm } = setUp();
    expect(await vmm.start()).toMatchObject({ error: { code: 'state' } });
    expect(await vmm.reset()).toMatchObject({ error: { code: 'state' } });
  });

  test('a call that runs when the back-end dies fails', async () => {
    const { vmm, backend } = await connected({ swallow: ['SET_MEM_TABLE'] });
    const started = vmm.start();
    const reset = vmm.reset();
    await until(() => backend.names().includes('SET_MEM_TABLE'));
    backend.hangUp();
    expect(await started).toMatchObject({ error: { code: 'disconnected' } });
    expect(await reset).toMatchObject({ error: { code: 'disconnected' } });
  });

  test('an answer that nobody asked for ends the connection', async () => {
    const { vmm, backend } = await running();
    backend.sendUnasked(encodeAck(5, 0n));
    await until(() => vmm.snapshot().link === 'disconnected');
  });
});

describe('notify page', () => {
  const sampled = (vmm: Vmm, name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
    vmm.guest?.sample()[GUEST_SAMPLE_FIELDS.indexOf(name)] ?? -1;
  const mapped = (vmm: Vmm) => vmm.snapshot().queues.map(({ area }) => area?.mapped ?? false);

  test('of a running device is mapped, answered 0, its fd closed', async () => {
    const { vmm, backend, events } = await running();
    const before = openFds();
    expect(await backend.ask(HOST_NOTIFIER, page(1), newPage())).toBe(0n);
    expect([mapped(vmm), pagesMapped(), openFds()]).toEqual([[false, true], 1, before]);
    expect(events).toContainEqual({ kind: 'notify-mapped', queue: 1, offset: 0n, size: PAGE });
  });

  test('is rung by the guest instead of a kick', async () => {
    const { vmm, backend } = await running();
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(0n);
    expect(await backend.ask(HOST_NOTIFIER, page(1), newPage())).toBe(0n);
    vmm.guest?.run({ kind: 'stream', rate: 100 });
    await until(() => sampled(vmm, 'doorbells') > 0);
    expect(sampled(vmm, 'kicks')).toBe(0);
  });

  test('is removed on request, twice without harm', async () => {
    const { vmm, backend } = await running();
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    expect(await backend.ask(HOST_NOTIFIER, page(0, { noFd: true }), null)).toBe(0n);
    expect(await backend.ask(HOST_NOTIFIER, page(0, { noFd: true }), null)).toBe(0n);
    expect([mapped(vmm), pagesMapped()]).toEqual([[false, false], 0]);
  });

  test('offered over another replaces it', async () => {
    const { backend } = await running();
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(0n);
    expect(pagesMapped()).toBe(1);
  });

  test.each([
    ['a queue that does not exist', page(2), 'unknown-queue'],
    ['size 0', page(0, { size: 0n }), 'size'],
    ['two pages', page(0, { size: 2n * PAGE }), 'size'],
    ['an offset inside a page', page(0, { offset: 1n }), 'offset'],
    ['an offset beyond the file', page(0, { offset: PAGE }), 'beyond-file'],
    ['an offset at the end of the address space', page(0, { offset: (1n << 64n) - PAGE }), 'beyond-file'],
  ] as const)('with %s is refused by name, its fd closed', async (_what, area, answer) => {
    const { vmm, backend } = await running();
    const before = openFds();
    expect(await backend.ask(HOST_NOTIFIER, area, newPage())).toBe(ANSWER_CODES[answer]);
    expect([mapped(vmm), pagesMapped(), openFds()]).toEqual([[false, false], 0, before]);
  });

  test('that is an eventfd is refused', async () => {
    const { backend } = await running();
    const answer = await backend.ask(HOST_NOTIFIER, page(0), valueOf(addon.io.eventfd()));
    expect(answer).toBe(ANSWER_CODES['not-mappable']);
  });

  test('before the driver starts, and after it stopped, is refused', async () => {
    const { vmm, backend } = await connected();
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(ANSWER_CODES['not-running']);
    await vmm.start();
    await vmm.stop();
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(ANSWER_CODES['not-running']);
  });

  test('whose bit was not negotiated is refused', async () => {
    const protocolOffered = SCRIPT.protocolOffered & ~protocolMask('HOST_NOTIFIER');
    const { backend } = await running({ protocolOffered });
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(ANSWER_CODES['not-negotiated']);
  });

  test.each(['stop', 'reset'] as const)('goes at %s before the back-end hears of it', async (call) => {
    const { vmm, backend, events } = await running();
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    await vmm[call]();
    expect(pagesMapped()).toBe(0);
    expect(events).toContainEqual({ kind: 'notify-unmapped', queue: 0, cause: 'ring-stopped' });
  });

  test.each(['hangUp', 'disconnect'] as const)('goes at the end of the connection by %s', async (how) => {
    const { vmm, backend } = await running();
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    await backend.ask(HOST_NOTIFIER, page(1), newPage());
    if (how === 'hangUp') backend.hangUp();
    else vmm.disconnect();
    await until(() => vmm.snapshot().link === 'disconnected');
    expect(pagesMapped()).toBe(0);
  });

  test('offered while the front-end waits for an answer is answered after it', async () => {
    const { vmm, backend } = await running();
    const order: string[] = [];
    const stopped = vmm.stop().then(() => order.push('stopped'));
    const answer = await backend.ask(HOST_NOTIFIER, page(0), newPage());
    order.push('answered');
    await stopped;
    expect([answer, order]).toEqual([ANSWER_CODES['not-running'], ['stopped', 'answered']]);
  });
});

describe('hostile back-end channel', () => {
  test('an unknown request is refused', async () => {
    const { vmm, backend, events } = await running();
    backend.sendRaw(encodeFrame(200, 'request', new Uint8Array(3)), [newPage()]);
    await until(() => events.some(({ kind }) => kind === 'note'));
    expect(vmm.snapshot().link).toBe('connected');
  });

  test('a request that is not served is refused', async () => {
    const { backend } = await running();
    const lookup = { uuid: new Uint8Array(16) };
    expect(await backend.ask('BACKEND_SHARED_OBJECT_ADD', lookup, null)).toBe(ANSWER_CODES['not-negotiated']);
  });

  test('a host notifier with two fds and no answer wanted ends the connection, both closed', async () => {
    const { vmm, backend } = await running();
    backend.sendRaw(encodeBackend(HOST_NOTIFIER, page(0)), [newPage(), newPage()]);
    await until(() => vmm.snapshot().link === 'disconnected');
  });

  test('a reply where a request belongs ends the connection', async () => {
    const { vmm, backend } = await running();
    backend.sendRaw(encodeAck(3, 0n), [newPage()]);
    await until(() => vmm.snapshot().link === 'disconnected');
  });

  test('half a message and a hang-up close what came', async () => {
    const { vmm, backend } = await running();
    backend.sendRaw(encodeBackend(HOST_NOTIFIER, page(0)).subarray(0, 20), [newPage()]);
    await until(() => vmm.snapshot().link === 'connected');
    backend.hangUp();
    await until(() => vmm.snapshot().link === 'disconnected');
  });
});

describe('faults', () => {
  test('refuseNotify answers with its code and maps nothing', async () => {
    const { backend, vmm } = await running({}, { faults: { ...NO_FAULTS, refuseNotify: 42 } });
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(42n);
    vmm.setFaults(NO_FAULTS);
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(0n);
  });

  test('noReply maps and says nothing', async () => {
    const { backend, vmm } = await running({}, { faults: { ...NO_FAULTS, noReply: true } });
    const answer = backend.ask(HOST_NOTIFIER, page(0), newPage());
    await until(() => pagesMapped() === 1);
    vmm.disconnect();
    expect(await answer).toBe(null);
  });

  test('late answers come in the order of their requests', async () => {
    const { backend, vmm } = await running({}, { faults: { ...NO_FAULTS, lateReplyMs: 20 } });
    const order: string[] = [];
    const first = backend
      .ask(HOST_NOTIFIER, page(0), newPage())
      .then((value) => order.push(`first ${String(value)}`));
    await until(() => pagesMapped() === 1);
    expect(order).toEqual([]);
    vmm.setFaults(NO_FAULTS);
    const second = backend
      .ask(HOST_NOTIFIER, page(9), newPage())
      .then((value) => order.push(`second ${String(value)}`));
    await Promise.all([first, second]);
    expect(order).toEqual(['first 0', 'second 2']);
  });

  test('disconnectOn cuts the connection instead of an answer', async () => {
    const { backend, vmm } = await running({}, { faults: { ...NO_FAULTS, disconnectOn: HOST_NOTIFIER } });
    expect(await backend.ask(HOST_NOTIFIER, page(0), newPage())).toBe(null);
    await until(() => vmm.snapshot().link === 'disconnected');
    expect(pagesMapped()).toBe(0);
  });
});

describe('close', () => {
  test('ends the connection, the guest and every later call', async () => {
    const { vmm, backend } = await running();
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    vmm.close();
    vmm.close();
    expect([vmm.guest, pagesMapped()]).toEqual([null, 0]);
    expect(await vmm.start()).toMatchObject({ error: { code: 'state' } });
    await until(() => backend.ended);
  });

  test('from inside a listener takes effect after the event', async () => {
    const { vmm, backend } = await running();
    vmm.onEvent((event) => {
      if (event.kind === 'notify-mapped') vmm.close();
    });
    await backend.ask(HOST_NOTIFIER, page(0), newPage());
    await until(() => vmm.guest === null);
  });
});
