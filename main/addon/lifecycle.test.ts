import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAddon, loadAddon } from './load.ts';
import { until, valueOf } from './testing/expectations.ts';

const { io } = loadAddon();
const ADDON = findAddon(import.meta.dirname);

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

describe('the life of handles', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doorbell-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** Runs `script` in a Node of its own, with `io` and a socket `path`. */
  function runNode(script: string): Ended {
    const prologue = `
      const addon = require(${JSON.stringify(ADDON)});
      const { io } = addon;
      const path = ${JSON.stringify(join(folder, 's'))};
      const value = (result) => { if (!result.ok) throw new Error(result.error.message); return result.value; };
    `;
    const result = spawnSync(process.execPath, ['--expose-gc', '-e', prologue + script], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    return result;
  }

  const LIVE_SOCKETS = `
    const listener = value(io.listen(path, 0o600));
    const streams = [];
    listener.onConnection((stream) => { streams.push(stream); stream.onReadable(() => whenReadable(stream)); });
    const client = value(io.connect(path));
    client.send(Uint8Array.of(1), [value(io.eventfd())]);
  `;

  it('ends with the process while sockets are live', () => {
    const ended = runNode(`${LIVE_SOCKETS} function whenReadable() { process.exit(7); }`);

    expect(ended).toMatchObject({ status: 7, signal: null, stderr: '' });
  });

  it('ends with an environment that runs out of work while a data path and its device are open', () => {
    const ended = runNode(`
      const rings = value(addon.createDataPath({ workers: 1, cpus: [], busyPollNs: 50_000, uplink: null }));
      rings.onNotice(() => undefined);
      globalThis.held = [rings, value(addon.createEmulatedDevice(rings, { zeroOnly: false })), value(addon.createDataPath({ workers: 1, cpus: [], busyPollNs: 50_000, uplink: null }))];
      globalThis.held[2].close();
    `);

    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' });
  });

  it('ends with an environment that runs out of work, closing what is open', () => {
    const ended = runNode(`
      const listener = value(io.listen(path, 0o600));
      const pair = value(io.streamPair());
      pair.stream.onReadable(() => undefined);
      pair.stream.onReadable(null);
    `);

    expect(ended).toMatchObject({ status: 0, signal: null, stderr: '' });
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  it('keeps a process running while a stream listens', () => {
    const ended = runNode(`
      ${LIVE_SOCKETS}
      function whenReadable(stream) { console.log('read'); stream.close(); listener.close(); }
    `);

    expect(ended).toMatchObject({ status: 0, stdout: 'read\n' });
  });

  it('makes what a listener throws an uncaught exception of the process', () => {
    const ended = runNode(`
      process.on('uncaughtException', (error) => { console.log(error.message); process.exit(3); });
      ${LIVE_SOCKETS}
      function whenReadable() { throw new Error('thrown by a listener'); }
    `);

    expect(ended).toMatchObject({ status: 3, stdout: 'thrown by a listener\n' });
  });

  it('runs promises and ticks between two callbacks', () => {
    const ended = runNode(`
      ${LIVE_SOCKETS}
      function whenReadable(stream) {
        stream.onReadable(null);
        Promise.resolve().then(() => console.log('microtask'));
        process.nextTick(() => { console.log('tick'); stream.close(); listener.close(); });
      }
    `);

    expect(ended.stdout.trim().split('\n').sort()).toEqual(['microtask', 'tick']);
  });

  const WORKER = `
    const { Worker } = require('node:worker_threads');
    const work = (last) => [
      'const { parentPort } = require("node:worker_threads");',
      'const { io } = require(' + JSON.stringify(${JSON.stringify(ADDON)}) + ');',
      'const listener = io.listen(' + JSON.stringify(path) + ', 0o600).value;',
      'const { stream, fd } = io.streamPair().value;',
      'const other = io.streamFromFd(fd).value;',
      'stream.onReadable(() => stream.receive(64));',
      'other.send(Uint8Array.of(1), []);',
      'parentPort.postMessage("up");',
      last,
    ].join('\\n');
    const run = (last, whenUp) => new Promise((resolve) => {
      const worker = new Worker(work(last), { eval: true });
      worker.on('message', () => whenUp(worker));
      worker.on('error', (error) => { console.log(error.message); });
      worker.on('exit', resolve);
    });
  `;

  it('ends with a worker thread that is terminated, again and again', () => {
    const ended = runNode(`
      ${WORKER}
      (async () => {
        for (let i = 0; i < 5; i++) await run('', (worker) => worker.terminate());
        console.log('done', io.leaked());
      })();
    `);

    expect(ended).toMatchObject({ status: 0, signal: null, stdout: 'done 0\n', stderr: '' });
    expect(existsSync(join(folder, 's'))).toBe(false);
  });

  it('ends with a worker thread that exits by itself', () => {
    const ended = runNode(`
      ${WORKER}
      run('process.exit(0)', () => undefined).then((code) => console.log('exit', code));
    `);

    expect(ended).toMatchObject({ status: 0, signal: null, stdout: 'exit 0\n' });
  });

  it('ends late where the collector finds a handle unclosed, which is counted', async () => {
    const before = io.leaked();
    const counted = runNode(`
      (() => { for (let i = 0; i < 10; i++) value(io.eventfd()); })();
      const deadline = Date.now() + 10000;
      (function collect() {
        gc();
        if (io.leaked() === 10 || Date.now() > deadline) console.log(io.leaked());
        else setImmediate(collect);
      })();
    `);

    expect(counted.stdout).toBe('10\n');
    expect(io.leaked()).toBe(before);
    await turnOfTheLoop();
  });

  it('lasts while a listening stream is referred to by nobody', async () => {
    let received = 0;
    const peer = (() => {
      const pair = valueOf(io.streamPair());
      const listening = valueOf(io.streamFromFd(pair.fd));
      listening.onReadable(() => {
        received++;
        listening.close();
      });
      return pair.stream;
    })();
    globalThis.gc?.();
    await turnOfTheLoop();

    valueOf(peer.send(Uint8Array.of(1), []));
    await until(() => received === 1);

    peer.close();
  });

  it('is each environment’s own: a constructor of handles is not to be called', () => {
    const fd = valueOf(io.eventfd());

    expect(() => void Reflect.construct(fd.constructor, [])).toThrow('not constructible');
    fd.close();
  });
});
