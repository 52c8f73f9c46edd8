import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openWebDoor, type WebDoor } from '../../app/doors/web.ts';
import { RemoteClient } from '../../app/remote/remote-client.ts';
import { webWire } from '../../app/remote/web-wire.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeSession } from '../../main/service/testing/fake-engine.ts';

let root: string;
let door: WebDoor;
let port: number;
let token: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'doorbell-web-'));
  const panelRoot = join(root, 'renderer');
  await mkdir(panelRoot);
  await writeFile(join(root, 'secret.json'), '{}');
  await writeFile(join(panelRoot, 'index.html'), '<!doctype html><title>Panel</title>');
  await writeFile(join(panelRoot, 'notes.txt'), 'not part of the panel');
  const engine = new FakeEngine([fakeSession('vm0')]);
  const service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
  const opened = await openWebDoor({ service, port: 0, panelRoot });
  if (!opened.ok) throw new Error(opened.error.message);
  door = opened.value;
  const url = new URL(door.url);
  port = Number(url.port);
  token = url.hash.replace('#token=', '');
});

afterAll(async () => {
  await door.close();
  await rm(root, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Record<string, unknown>;
}

/** Unlike fetch this neither normalises the path nor forbids the Host header. */
const get = (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
    asked.on('error', reject);
    asked.end();
  });

/** → 'open', or the HTTP status of the refusal. */
const dial = (options: {
  path?: string;
  protocols?: string[];
  headers?: Record<string, string>;
}): Promise<string> =>
  new Promise((resolve) => {
    const { path = '/frames', protocols = [`doorbell.${token}`], headers = {} } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, { headers });
    socket.on('open', () => {
      socket.terminate();
      resolve('open');
    });
    socket.on('error', (error) => resolve(/\d{3}/.exec(error.message)?.[0] ?? error.message));
  });

describe('files', () => {
  test('the panel comes with the content security policy and without sniffing', async () => {
    const { status, body, headers } = await get('/');
    expect([status, body]).toEqual([200, '<!doctype html><title>Panel</title>']);
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  test.each([
    ['a path that climbs out', '/../secret.json'],
    ['an encoded path that climbs out', '/%2e%2e/secret.json'],
    ['an encoded slash that climbs out', '/..%2fsecret.json'],
    ['a zero byte', '/index.html%00.js'],
    ['broken encoding', '/%zz'],
    ['a type that the panel does not use', '/notes.txt'],
    ['a missing file', '/nothing.js'],
  ])('%s is not found', async (_name, path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('a name that was bound to loopback is refused', async () => {
    expect((await get('/', { host: `evil.example:${port}` })).status).toBe(421);
  });

  test('localhost is a name of ours', async () => {
    expect((await get('/', { host: `localhost:${port}` })).status).toBe(200);
  });

  test('only reading is allowed', async () => {
    expect((await get('/', {}, 'POST')).status).toBe(405);
  });

  test('HEAD has no body', async () => {
    expect(await get('/', {}, 'HEAD')).toMatchObject({ status: 200, body: '' });
  });
});

describe('frames', () => {
  test.each([
    ['with the token', {}, 'open'],
    ['without a token', { protocols: [] }, '401'],
    ['with a wrong token', { protocols: ['doorbell.AAAA'] }, '401'],
    ['from a page of another origin', { headers: { origin: 'http://evil.example' } }, '403'],
    ['from the null origin', { headers: { origin: 'null' } }, '403'],
    ['to a rebound name', { headers: { host: 'evil.example' } }, '421'],
    ['to another path', { path: '/other' }, '404'],
  ])('a socket %s', async (_name, options, outcome) => {
    expect(await dial(options)).toBe(outcome);
  });

  test('from a page of our own origin is accepted', async () => {
    expect(await dial({ headers: { origin: `http://localhost:${port}` } })).toBe('open');
  });

  test('speak the contract to a client that has the URL', async () => {
    const client = new RemoteClient({ open: webWire(door.url), reconnect: false });
    expect(await client.start()).toBeNull();
    expect(await client.call('status.get', {})).toMatchObject({
      ok: true,
      value: { sessions: [{ name: 'vm0' }] },
    });
    client.dispose();
  });

  test('garbage after the upgrade ends that socket only', async () => {
    const raw = connect(port, '127.0.0.1');
    raw.on('error', () => undefined);
    raw.write(
      `GET /frames HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        `Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: doorbell.${token}\r\n\r\n`,
    );
    await new Promise((resolve) => raw.once('data', resolve));
    raw.write(Buffer.alloc(4096, 0xff));
    await new Promise((resolve) => raw.once('close', resolve));
    expect(await dial({})).toBe('open');
  });
});

test('the token is in the URL and not in the address that may be shown', () => {
  expect(door.url).toContain(token);
  expect(door.address).not.toContain(token);
  expect(token.length).toBeGreaterThanOrEqual(43);
});

test('a port in use is named', async () => {
  const engine = new FakeEngine([]);
  const service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
  const second = await openWebDoor({ service, port, panelRoot: root });
  expect(second).toMatchObject({ ok: false, error: { code: 'in-use' } });
  expect(JSON.stringify(second)).toContain(`:${port}`);
});
