import { spawnSync } from 'node:child_process';
import { lstatSync, mkdtempSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddon } from './load.ts';
import type { Listener, Stream } from './surface.ts';
import { codeOf, nextData, until, valueOf } from './testing/expectations.ts';

const { io } = loadAddon();

/** Binds, listens and dies at once, as a killed back-end does: the file stays. */
const DIE_LISTENING = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
s.bind(sys.argv[1])
s.listen()
os.kill(os.getpid(), 9)
`;

describe('a listener', () => {
  let folder: string;
  let path: string;
  const open: { close(): void }[] = [];
  const keep = <T extends { close(): void }>(handle: T): T => {
    open.push(handle);
    return handle;
  };
  const listen = (mode = 0o600): Listener => keep(valueOf(io.listen(path, mode)));

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doorbell-'));
    path = join(folder, 's');
  });
  afterEach(() => {
    for (const handle of open.splice(0)) handle.close();
    rmSync(folder, { recursive: true });
    expect(io.leaked()).toBe(0);
  });

  it('gives each connection a stream of its own', async () => {
    const streams: Stream[] = [];
    listen().onConnection((stream) => streams.push(keep(stream)));
    const clients = [keep(valueOf(io.connect(path))), keep(valueOf(io.connect(path)))];

    clients.forEach((client, index) => valueOf(client.send(Uint8Array.of(index), [])));
    await until(() => streams.length === 2);
    const received = await Promise.all(streams.map((stream) => nextData(stream)));

    expect(received.map(({ bytes }) => bytes[0])).toEqual([0, 1]);
  });

  it('keeps connections waiting until somebody listens to it', async () => {
    const listener = listen();
    keep(valueOf(io.connect(path)));
    let connected = 0;

    listener.onConnection((stream) => {
      connected++;
      keep(stream);
    });

    await until(() => connected === 1);
  });

  it('creates the file with exactly the mode asked for', () => {
    listen(0o660);

    expect(lstatSync(path).mode & 0o7777).toBe(0o660);
  });

  it('replaces the socket file of a process that died', () => {
    spawnSync('python3', ['-c', DIE_LISTENING, path]);
    expect(lstatSync(path).isSocket()).toBe(true);

    listen();

    keep(valueOf(io.connect(path)));
  });

  it('refuses a path on which somebody else listens', () => {
    listen();

    expect(codeOf(io.listen(path, 0o600))).toBe('EADDRINUSE');
  });

  it('refuses a path where a plain file lies, and leaves it', () => {
    writeFileSync(path, 'precious');

    expect(codeOf(io.listen(path, 0o600))).toBe('EADDRINUSE');
    expect(existsSync(path)).toBe(true);
  });

  it('removes its file when it closes', () => {
    listen().close();

    expect(existsSync(path)).toBe(false);
  });

  it('leaves a file that another has put in its place', () => {
    const first = listen();
    rmSync(path);
    listen();

    first.close();

    expect(existsSync(path)).toBe(true);
  });

  it('may be closed by its own listener, with the new stream living on', async () => {
    const listener = listen();
    let stream: Stream | null = null;
    listener.onConnection((connected) => {
      stream = keep(connected);
      listener.close();
    });
    const client = keep(valueOf(io.connect(path)));

    await until(() => stream !== null);

    expect(codeOf(client.send(Uint8Array.of(1), []))).toBe('ok');
  });

  it('names what is wrong with a path', () => {
    expect(codeOf(io.listen('', 0o600))).toBe('EINVAL');
    expect(codeOf(io.listen('x'.repeat(108), 0o600))).toBe('ENAMETOOLONG');
    expect(codeOf(io.listen(join(folder, 'none/s'), 0o600))).toBe('ENOENT');
    expect(codeOf(io.connect(path))).toBe('ENOENT');
    expect(() => io.listen(path, 0o4000)).toThrow(RangeError);
  });
});
