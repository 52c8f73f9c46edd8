import { chmod, lstat, mkdtemp, mkdir, rm, writeFile, symlink } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openControlDoor } from '../../app/doors/control.ts';
import type { Door } from '../../app/doors/door.ts';
import { defaultControlPath } from '../../app/doors/private-socket.ts';
import { controlWire } from '../../app/remote/control-wire.ts';
import { RemoteClient } from '../../app/remote/remote-client.ts';
import type { StateEvent } from '../../app/contract/events.ts';
import { EngineService } from '../../main/service/service.ts';
import { FakeEngine, fakeSession } from '../../main/service/testing/fake-engine.ts';

const uid = process.getuid?.() ?? 0;
let place: string;
let path: string;
let engine: FakeEngine;
let service: EngineService;
const doors: Door[] = [];
const clients: RemoteClient[] = [];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'doorbell-test-'));
  path = join(place, 'doorbell', 'control.sock');
  engine = new FakeEngine([fakeSession('vm0')]);
  service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => engine.end() });
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.dispose();
  await Promise.all(doors.splice(0).map((door) => door.close()));
  await rm(place, { recursive: true });
});

async function open(): Promise<Door> {
  const door = await openControlDoor({ service, path, uid });
  if (!door.ok) throw new Error(door.error.message);
  doors.push(door.value);
  return door.value;
}

function client(reconnect = false): RemoteClient {
  const made = new RemoteClient({ open: controlWire(path), reconnect });
  clients.push(made);
  return made;
}

const mode = async (file: string): Promise<string> => ((await lstat(file)).mode & 0o777).toString(8);
const until = (condition: () => boolean): Promise<unknown> =>
  vi.waitUntil(condition, { timeout: 4000, interval: 5 });

describe('the socket file', () => {
  test('is 0600 in a 0700 directory, and gone after close', async () => {
    const door = await open();
    expect([await mode(path), await mode(dirname(path))]).toEqual(['600', '700']);
    await door.close();
    await expect(lstat(path)).rejects.toThrow('ENOENT');
  });

  test('in a doorbell directory that others could enter, the directory is tightened', async () => {
    await mkdir(dirname(path), { mode: 0o755 });
    await chmod(dirname(path), 0o755);
    await open();
    expect(await mode(dirname(path))).toBe('700');
  });

  test('behind a symbolic link in place of the directory is refused', async () => {
    await symlink(tmpdir(), dirname(path));
    expect(await openControlDoor({ service, path, uid })).toMatchObject({
      ok: false,
      error: { code: 'not-private' },
    });
  });

  test('in a directory of another user is refused', async () => {
    await mkdir(dirname(path));
    const refused = await openControlDoor({ service, path, uid: uid + 1 });
    expect(refused).toMatchObject({ ok: false, error: { code: 'not-private' } });
  });

  test('that nobody listens on is replaced', async () => {
    await mkdir(dirname(path));
    const dead = createServer();
    // The listener ends without unlinking its file, as after kill -9.
    await new Promise<void>((resolve) => dead.listen({ path: join(place, 'x') }, resolve));
    const { rename } = await import('node:fs/promises');
    await rename(join(place, 'x'), path);
    await new Promise((resolve) => dead.close(resolve));
    await open();
    expect(await client().start()).toBeNull();
  });

  test('that someone listens on is left alone and named', async () => {
    await open();
    const second = await openControlDoor({ service, path, uid });
    expect(second).toMatchObject({ ok: false, error: { code: 'in-use' } });
    expect(JSON.stringify(second)).toContain(path);
    expect(await client().start()).toBeNull();
  });

  test('that is no socket is left alone', async () => {
    await mkdir(dirname(path));
    await writeFile(path, 'precious');
    expect(await openControlDoor({ service, path, uid })).toMatchObject({ ok: false });
    expect((await lstat(path)).isFile()).toBe(true);
  });

  test('with a path too long for a socket is refused with the limit', async () => {
    path = join(place, 'x'.repeat(120), 'control.sock');
    const refused = await openControlDoor({ service, path, uid });
    expect(JSON.stringify(refused)).toContain('longer than 107 bytes');
  });
});

describe('the default path', () => {
  test('is below XDG_RUNTIME_DIR where that is set', async () => {
    expect(await defaultControlPath({ runtimeDir: '/run/user/7', uid: 7 })).toBe(
      '/run/user/7/doorbell/control.sock',
    );
  });

  test('is a private directory of the user in /tmp where there is no runtime directory', async () => {
    const path = await defaultControlPath({ runtimeDir: undefined, uid: 4_000_000 });
    expect(path).toBe('/tmp/doorbell-4000000/control.sock');
  });
});

describe('a client over the socket', () => {
  test('calls commands and hears their consequences', async () => {
    await open();
    const remote = client();
    expect(await remote.start()).toBeNull();
    const events: StateEvent[] = [];
    remote.onState((event) => events.push(event));
    await until(() => events.length === 1);
    const result = await remote.call('queue.set', {
      session: 'vm0',
      index: 1,
      desired: 'accelerated',
      accelerator: null,
    });
    expect(result).toEqual({ ok: true, value: { request: 1 } });
    await until(() => events.length === 2);
    expect(events).toMatchObject([
      { kind: 'snapshot', seq: 0 },
      { kind: 'changed', seq: 1, queues: [{ session: 'vm0', queue: { index: 1, phase: 'mapped' } }] },
    ]);
  });

  test('hears a command error with its code', async () => {
    await open();
    const remote = client();
    await remote.start();
    const result = await remote.call('queue.cancel', { session: 'vm0', index: 0 });
    expect(result).toMatchObject({ ok: false, error: { code: 'nothing-to-do' } });
  });

  test('learns why no engine answers', async () => {
    expect(await client().start()).toContain('ENOENT');
  });

  test('gets unavailable for calls that were waiting when the engine went', async () => {
    const door = await open();
    service = new EngineService({ engine, version: '0', pid: 1, startedAt: 0, end: () => door.close() });
    const remote = client();
    await remote.start();
    const answer = remote.call('status.get', {});
    await door.close();
    const result = await answer;
    const later = await remote.call('status.get', {});
    expect([result.ok || result.error.code === 'unavailable', later.ok]).toEqual([true, false]);
  });

  test('that reconnects hears a new snapshot after the engine came back', async () => {
    const door = await open();
    const remote = client(true);
    await remote.start();
    const events: StateEvent[] = [];
    remote.onState((event) => events.push(event));
    await until(() => events.length === 1);
    await door.close();
    await open();
    await until(() => events.length === 2);
    expect(events.map((event) => event.kind)).toEqual(['snapshot', 'snapshot']);
  });

  test('that sends an endless line is dropped and others are served on', async () => {
    await open();
    const rude = connect(path);
    let gone = false;
    rude.on('close', () => (gone = true)).on('error', () => undefined);
    rude.write('x'.repeat(3 * 1024 * 1024));
    await until(() => gone);
    expect(await client().start()).toBeNull();
  });
});
