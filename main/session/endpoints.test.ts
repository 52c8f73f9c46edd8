/** Endpoints over real sockets of the addon; the data path behind them is the engine's fake. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddon } from '../addon/load.ts';
import type { Listener } from '../addon/surface.ts';
import { disposable } from '../base/disposable.ts';
import { MessageChannel } from '../channel/message-channel.ts';
import type { EndpointOptions, EndpointState, LogLine } from '../engine/endpoints.ts';
import type { Accelerator } from '../engine/ports.ts';
import { FakeAccelerator } from '../engine/testing/fake-accelerator.ts';
import { FakeDataPath } from '../engine/testing/fake-data-path.ts';
import { FdLedger } from '../engine/testing/fake-fd.ts';
import { FieldReader } from '../wire/bytes.ts';
import { encodeFrontend } from '../wire/encode.ts';
import { config } from '../wire/payload/config.ts';
import { hasProtocol, protocolMask } from '../wire/protocol-features.ts';
import { hasVirtio, virtioMask } from '../wire/virtio-features.ts';
import { SessionEndpoints } from './endpoints.ts';

const { io } = loadAddon();
const FEATURES = virtioMask('F_VERSION_1', 'F_EVENT_IDX', 'NET_F_MRG_RXBUF');

let directory: string;
let endpoints: SessionEndpoints;
let logs: LogLine[];
let closers: (() => void)[];

function create(accelerators: readonly Accelerator[] = []): SessionEndpoints {
  return new SessionEndpoints({
    io,
    accelerators,
    dataPath: {
      features: FEATURES,
      session: () => new FakeDataPath(),
      onNotice: () => disposable(() => undefined),
    },
  });
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'doorbell-session-'));
  closers = [];
  logs = [];
  endpoints = create();
  endpoints.onLog((line) => logs.push(line));
});

afterEach(async () => {
  for (const close of closers) close();
  await endpoints.end();
  rmSync(directory, { recursive: true });
});

const path = (name = 'vm0'): string => join(directory, `${name}.sock`);

const options = (more: Partial<EndpointOptions> = {}): EndpointOptions => ({
  name: 'vm0',
  path: path(),
  mode: 'listen',
  dialect: 'upstream',
  desired: 'software',
  fileMode: 0o600,
  mtu: null,
  mac: null,
  config: false,
  group: null,
  queuePairs: 1,
  iommu: false,
  uplink: null,
  simulated: false,
  ...more,
});

function state(name = 'vm0'): EndpointState {
  const found = endpoints.get(name);
  if (found === null) throw new Error(`no endpoint ${name}`);
  return found;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** A front-end's side of one connection. */
class Peer {
  readonly channel: MessageChannel;
  readonly answers: bigint[] = [];
  readonly bodies: Uint8Array[] = [];
  ended = false;

  constructor() {
    const stream = io.connect(path());
    if (!stream.ok) throw new Error(stream.error.message);
    this.channel = new MessageChannel(stream.value, {
      onMessage: (frame) => {
        this.bodies.push(frame.body);
        this.answers.push(new FieldReader(frame.body).u64());
      },
      onClosed: () => {
        this.ended = true;
      },
    });
    closers.push(() => this.channel.close());
  }

  async ask(name: 'GET_FEATURES' | 'GET_PROTOCOL_FEATURES' | 'GET_QUEUE_NUM'): Promise<bigint> {
    const before = this.answers.length;
    this.channel.send(encodeFrontend(name, null));
    await until(`an answer to ${name}`, () => this.answers.length > before);
    return this.answers[before] ?? 0n;
  }

  /** The first bytes of the device's configuration. */
  async readConfig(size: number): Promise<readonly number[]> {
    const before = this.bodies.length;
    this.channel.send(encodeFrontend('GET_CONFIG', { offset: 0, flags: 0, data: new Uint8Array(size) }));
    await until('an answer to GET_CONFIG', () => this.bodies.length > before);
    const [body] = this.bodies.slice(before);
    const decoded = body === undefined ? null : config.decode(body);
    return decoded?.ok === true ? [...decoded.value.data] : [];
  }
}

describe('A listening endpoint', () => {
  it('waits, is connected, and is lost when the front-end goes', async () => {
    expect(await endpoints.add(options())).toEqual({ ok: true, value: undefined });
    expect(state()).toMatchObject({ state: 'waiting', peer: null, session: null });
    const peer = new Peer();
    await until('connected', () => state().state === 'connected');
    expect(state().peer?.pid).toBe(process.pid);
    peer.channel.close();
    await until('lost', () => state().state === 'lost');
    expect(state()).toMatchObject({ peer: null, lastError: 'the peer closed it' });
  });

  it('gives its file the mode asked for', async () => {
    await endpoints.add(options({ fileMode: 0o660 }));
    expect(statSync(path()).mode & 0o777).toBe(0o660);
  });

  it('offers what data path and accelerators have in common, and MQ only for several pairs', async () => {
    const lesser = new FakeAccelerator('lesser', virtioMask('F_VERSION_1'), new FdLedger());
    endpoints = create([lesser]);
    await endpoints.add(options({ queuePairs: 4 }));
    const peer = new Peer();
    const features = await peer.ask('GET_FEATURES');
    expect(features).toBe(
      virtioMask('F_VERSION_1', 'VHOST_F_LOG_ALL', 'VHOST_USER_F_PROTOCOL_FEATURES', 'NET_F_MQ'),
    );
    expect(hasProtocol(await peer.ask('GET_PROTOCOL_FEATURES'), 'MQ')).toBe(true);
    expect(await peer.ask('GET_QUEUE_NUM')).toBe(4n);
  });

  it('is not on the network of an accelerator that has none of its own', async () => {
    endpoints = create([new FakeAccelerator('sim', FEATURES, new FdLedger())]);
    const added = await endpoints.add(options({ uplink: 'sim' }));
    expect(added).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
    expect(endpoints.list()).toEqual([]);
  });

  it('with a configuration tells the address that it was given and the link of its network', async () => {
    const nic = new FakeAccelerator('nic', FEATURES, new FdLedger(), { ownNetwork: true });
    endpoints = create([nic]);
    await endpoints.add(options({ uplink: 'nic', config: true, mac: '52:54:00:00:01:0f' }));
    const peer = new Peer();
    const features = await peer.ask('GET_FEATURES');
    expect([hasVirtio(features, 'NET_F_MAC'), hasVirtio(features, 'NET_F_STATUS')]).toEqual([true, true]);
    peer.channel.send(encodeFrontend('SET_PROTOCOL_FEATURES', protocolMask('CONFIG')));
    expect(await peer.readConfig(8)).toEqual([0x52, 0x54, 0, 0, 1, 0x0f, 1, 0]);
    nic.setLink('down');
    expect(await peer.readConfig(8)).toEqual([0x52, 0x54, 0, 0, 1, 0x0f, 0, 0]);
  });

  it('offers no multiqueue for one pair', async () => {
    await endpoints.add(options());
    const peer = new Peer();
    expect(hasVirtio(await peer.ask('GET_FEATURES'), 'NET_F_MQ')).toBe(false);
    expect(hasProtocol(await peer.ask('GET_PROTOCOL_FEATURES'), 'MQ')).toBe(false);
  });

  it('closes a second connection, says so, and serves the first one on', async () => {
    await endpoints.add(options());
    const first = new Peer();
    await first.ask('GET_FEATURES');
    const second = new Peer();
    await until('the second is closed', () => second.ended);
    expect(logs.map((line) => line.code)).toContain('second-connection');
    expect(await first.ask('GET_QUEUE_NUM')).toBe(1n);
  });

  it('ends a connection that talks nonsense, counts and logs it once, and takes the next one', async () => {
    await endpoints.add(options());
    const peer = new Peer();
    peer.channel.send(new Uint8Array(12).fill(0xff));
    await until('closed', () => peer.ended);
    expect(state().badMessages).toBe(1);
    expect(logs.filter((line) => line.severity === 'warn')).toHaveLength(1);
    await until('lost', () => state().state === 'lost');
    expect(await new Peer().ask('GET_QUEUE_NUM')).toBe(1n);
  });

  it('logs a few of many refused messages and counts all', async () => {
    await endpoints.add(options());
    const peer = new Peer();
    for (let sent = 0; sent < 50; sent++)
      peer.channel.send(encodeFrontend('SET_VRING_NUM', { index: 9, num: 256 }));
    await peer.ask('GET_FEATURES');
    expect(state().badMessages).toBe(50);
    expect(logs.filter((line) => line.severity === 'warn')).toHaveLength(5);
  });
});

describe('A connecting endpoint', () => {
  it('tries again until somebody listens, and again after the connection ended', async () => {
    await endpoints.add(options({ mode: 'connect' }));
    expect(state()).toMatchObject({ state: 'connecting' });
    expect(state().lastError).toContain('ENOENT');
    const listener = io.listen(path(), 0o600);
    if (!listener.ok) throw new Error(listener.error.message);
    const open: Listener = listener.value;
    closers.push(() => open.close());
    let accepted = 0;
    open.onConnection((stream) => {
      accepted++;
      closers.push(() => stream.close());
      if (accepted === 1) stream.close();
    });
    await until('connected twice', () => accepted === 2 && state().state === 'connected');
  });
});

describe('What is desired', () => {
  it('is kept without a session and given to the next one', async () => {
    await endpoints.add(options());
    expect(endpoints.setDesired('vm0', 1, 'accelerated', null, 1)).toEqual({ ok: true, value: undefined });
    expect(state().queues.map((queue) => queue.desired)).toEqual(['software', 'accelerated']);
    const peer = new Peer();
    await until('connected', () => state().state === 'connected');
    expect(state().session?.queues.map((queue) => queue.desired)).toEqual(['software', 'accelerated']);
    peer.channel.close();
    await until('lost', () => state().state === 'lost');
    expect(state().queues.map((queue) => queue.desired)).toEqual(['software', 'accelerated']);
  });

  it.each([
    ['an unknown session', 'vm9', 0, null, 'unknown-session'],
    ['an unknown queue', 'vm0', 2, null, 'unknown-queue'],
    ['an unknown accelerator', 'vm0', 0, 'emu9', 'unknown-accelerator'],
  ] as const)('of %s is refused', async (_what, name, index, accelerator, code) => {
    await endpoints.add(options());
    const result = endpoints.setDesired(name, index, 'accelerated', accelerator, 1);
    expect(result).toMatchObject({ ok: false, error: { code } });
  });

  it('cannot be cancelled where nothing is in progress', async () => {
    await endpoints.add(options());
    expect(endpoints.cancel('vm0', 0, 1)).toMatchObject({ ok: false, error: { code: 'nothing-to-do' } });
  });
});

describe('An endpoint is refused', () => {
  it.each([
    ['without a name', { name: '' }],
    ['with a name that exists', { path: '/nowhere' }],
    ['with no queue pair', { name: 'vm1', queuePairs: 0 }],
    ['with too many queue pairs', { name: 'vm1', queuePairs: 17 }],
    ['on the network of an accelerator that is not there', { name: 'vm1', uplink: 'emulated7' }],
    ['on a path where somebody listens', { name: 'vm1' }],
    ['on a path that cannot be', { name: 'vm1', path: '/nowhere/vm1.sock' }],
  ])('%s', async (_why, more) => {
    await endpoints.add(options());
    expect(await endpoints.add(options(more))).toMatchObject({ ok: false, error: { code: 'invalid-input' } });
    expect(endpoints.list()).toHaveLength(1);
  });

  it('whose group does not exist, and its socket is gone again', async () => {
    const result = await endpoints.add(options({ group: 'no-such-group-here' }));
    expect(result).toMatchObject({ ok: false, error: { message: 'There is no group no-such-group-here' } });
    expect(() => statSync(path())).toThrow();
  });
});

describe('The end of the engine', () => {
  it('closes sessions and unlinks sockets', async () => {
    await endpoints.add(options());
    const peer = new Peer();
    await peer.ask('GET_FEATURES');
    await endpoints.end();
    await until('closed', () => peer.ended);
    expect(() => statSync(path())).toThrow();
  });

  it('of one endpoint leaves the others', async () => {
    await endpoints.add(options());
    await endpoints.add(options({ name: 'vm1', path: path('vm1') }));
    await endpoints.remove('vm1');
    expect(endpoints.list().map((endpoint) => endpoint.options.name)).toEqual(['vm0']);
    expect(await new Peer().ask('GET_QUEUE_NUM')).toBe(1n);
  });
});
