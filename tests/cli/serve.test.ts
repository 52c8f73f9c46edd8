/** The shipped bundle as other programs run it: plain node, real sockets, real signals. */
import { spawn, type ChildProcess } from 'node:child_process';
import { lstat, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

const CLI = join(import.meta.dirname, '../../dist/cli.mjs');

/** Each call is a process of its own, and several may share a core. */
vi.setConfig({ testTimeout: 20_000 });

let place: string;
let running: ChildProcess[];

beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'doorbell-serve-'));
  running = [];
});

afterEach(async () => {
  for (const child of running) child.kill('SIGKILL');
  await rm(place, { recursive: true });
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

class Run {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  out = '';
  err = '';

  constructor(args: readonly string[]) {
    this.child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, XDG_RUNTIME_DIR: place },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.push(this.child);
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = new Promise((resolve) =>
      this.child.once('close', (code) => resolve({ code, out: this.out, err: this.err })),
    );
  }

  async line(condition: (text: string) => boolean): Promise<void> {
    await vi.waitUntil(() => condition(this.out) || this.child.exitCode !== null, {
      timeout: 10_000,
      interval: 5,
    });
    if (!condition(this.out)) throw new Error(`ended early: ${this.err}`);
  }

  get lines(): readonly string[] {
    return this.out.split('\n').filter((line) => line !== '');
  }

  objects(): readonly Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}

const doorbell = (...args: readonly string[]): Promise<Ended> => new Run(args).ended;

/** A serving engine, once it said that it is ready. */
async function serve(...args: readonly string[]): Promise<Run> {
  const run = new Run(['serve', ...args]);
  await run.line((text) => text.includes('\n'));
  return run;
}

const exists = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
const mode = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o777).toString(8);

describe('doorbell serve', () => {
  test('--json first says that it is ready, with every socket in the order given', async () => {
    const [a, b, c] = ['a.sock', 'b.sock', 'c.sock'].map((name) => join(place, name)) as [
      string,
      string,
      string,
    ];
    const run = await serve('--listen', a, b, '--connect', c, '--json', '--http', '0');
    expect(run.objects()[0]).toEqual({
      event: 'ready',
      control: join(place, 'doorbell', 'control.sock'),
      url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/#token=[\w-]{43}$/) as string,
      sockets: [a, b, c],
    });
    expect(await mode(a)).toBe('600');
    expect(await mode(join(place, 'doorbell'))).toBe('700');
    expect(await mode(join(place, 'doorbell', 'control.sock'))).toBe('600');
  });

  test('without --http has no URL', async () => {
    const run = await serve('--listen', join(place, 'a.sock'), '--json');
    expect(run.objects()[0]).toMatchObject({ url: null });
  });

  test('SIGTERM ends it with 0 within two seconds, its sockets unlinked', async () => {
    const socket = join(place, 'a.sock');
    const run = await serve('--listen', socket, '--json');
    const before = Date.now();
    run.child.kill('SIGTERM');
    const { code } = await run.ended;
    expect([code, Date.now() - before < 2000]).toEqual([0, true]);
    expect(await Promise.all([exists(socket), exists(join(place, 'doorbell', 'control.sock'))])).toEqual([
      false,
      false,
    ]);
    expect(run.objects().at(-1)).toEqual({ event: 'ended' });
  });

  test('a stdout that nobody reads does not keep it from serving or ending', async () => {
    const run = new Run(['serve', '--listen', join(place, 'a.sock'), '--json']);
    await run.line((text) => text.includes('\n'));
    run.child.stdout?.pause();
    expect((await doorbell('queue', 'set', 'a', 'all', 'accelerated')).code).toBe(0);
    run.child.kill('SIGTERM');
    await vi.waitUntil(() => run.child.exitCode !== null, { timeout: 2000, interval: 5 });
    expect(run.child.exitCode).toBe(0);
  });

  test('a stdout that was closed does not end it', async () => {
    const run = await serve('--listen', join(place, 'a.sock'), '--json');
    run.child.stdout?.destroy();
    expect((await doorbell('queue', 'set', 'a', '0', 'accelerated')).code).toBe(0);
    expect((await doorbell('status', '--json')).code).toBe(0);
  });

  test('--lab adds a simulated guest whose queues can be switched', async () => {
    const run = await serve('--lab', '--json');
    expect(run.objects()[0]).toMatchObject({ sockets: [join(place, 'doorbell', 'lab.sock')] });
    expect((await doorbell('queue', 'set', 'lab', 'all', 'accelerated', '--wait', '10')).code).toBe(0);
    const { out } = await doorbell('status');
    expect(out).toMatch(/lab {2}connected .* SIM/);
    expect((await doorbell('queue', 'set', 'lab', '0-1', 'software', '--wait', '10')).code).toBe(0);
  });

  test('options of an endpoint are taken: name, desired, mode, group, queue pairs', async () => {
    const socket = join(place, 'a.sock');
    const gid = String(process.getgid?.() ?? 0);
    await serve(
      '--listen',
      `${socket},name=web,desired=accelerated,mode=0660,group=${gid}`,
      '--queue-pairs',
      '3',
    );
    const { out } = await doorbell('status', '--json');
    const { sessions } = JSON.parse(out) as { sessions: { name: string; queues: { desired: string }[] }[] };
    expect(sessions).toMatchObject([{ name: 'web' }]);
    expect(sessions[0]?.queues.map((queue) => queue.desired)).toEqual(new Array(6).fill('accelerated'));
    expect(await mode(socket)).toBe('660');
  });

  test('accelerators are those that are asked for', async () => {
    await serve(
      '--listen',
      join(place, 'a.sock'),
      '--accelerator',
      'emulated,id=left',
      '--accelerator',
      'emulated,id=right',
    );
    const { out } = await doorbell('status', '--json');
    expect(JSON.parse(out)).toMatchObject({ accelerators: [{ id: 'left' }, { id: 'right' }] });
  });

  test('a socket that is in use is named, and left alone', async () => {
    const socket = join(place, 'a.sock');
    await serve('--listen', socket);
    const { code, err } = await doorbell('serve', '--listen', socket, '--control', join(place, 'other.sock'));
    expect(code).toBe(1);
    expect(err).toContain(socket);
    expect((await doorbell('status')).code).toBe(0);
  });

  test('a control socket that is in use is named, and nothing else is left behind', async () => {
    await serve('--listen', join(place, 'a.sock'));
    const { code, err } = await doorbell('serve', '--listen', join(place, 'b.sock'));
    expect(code).toBe(1);
    expect(err).toContain('control.sock');
    expect(await exists(join(place, 'b.sock'))).toBe(false);
  });

  test('after kill -9 the stale sockets are replaced', async () => {
    const socket = join(place, 'a.sock');
    const run = await serve('--listen', socket);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(await exists(socket)).toBe(true);
    await serve('--listen', socket);
    expect((await doorbell('status')).code).toBe(0);
  });

  test('a file in place of a socket is not overwritten', async () => {
    const file = join(place, 'a.sock');
    await writeFile(file, 'precious');
    const { code } = await doorbell('serve', '--listen', file);
    expect(code).toBe(1);
    expect(await readFile(file, 'utf8')).toBe('precious');
  });

  test.each([
    ['no endpoint', [], '--listen'],
    ['an unknown dialect for all', ['--listen', '/tmp/x', '--dialect', 'rfc2017'], 'dialect'],
    ['an unknown dialect', ['--listen', '/tmp/x,dialect=old'], 'dialect'],
    ['an unknown part', ['--listen', '/tmp/x,speed=9'], 'speed=9'],
    ['no octal mode', ['--listen', '/tmp/x,mode=rw'], 'mode=rw'],
    ['a mode for a connecting endpoint', ['--connect', '/tmp/x,mode=0600'], 'mode'],
    ['two endpoints of one name', ['--listen', '/tmp/x.sock', '/tmp/y/x.sock'], 'name=NAME'],
    ['too many queue pairs', ['--listen', '/tmp/x', '--queue-pairs', '17'], '1 to 16'],
    ['an unknown accelerator', ['--listen', '/tmp/x', '--accelerator', 'fpga'], 'fpga'],
    [
      'two accelerators of one id',
      ['--listen', '/tmp/x', '--accelerator', 'emulated', 'emulated,id=emulated0'],
      'emulated0',
    ],
    ['a port that is none', ['--listen', '/tmp/x', '--http', 'on'], '--http on'],
  ])('with %s exits 2 and says so', async (_name, args, message) => {
    const { code, err } = await doorbell('serve', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('beside a running engine', () => {
  test('what is desired of a queue without a VM is accepted, kept and printed as an event', async () => {
    const run = await serve('--listen', join(place, 'a.sock'), '--json');
    expect((await doorbell('queue', 'set', 'a', '1', 'accelerated')).code).toBe(0);
    await run.line((text) => text.includes('"accelerated"'));
    expect(run.objects().find((object) => object['event'] === 'queue')).toMatchObject({
      session: 'a',
      queue: { index: 1, desired: 'accelerated', phase: 'down', notify: 'none' },
    });
    const waited = await doorbell('queue', 'set', 'a', '1', 'accelerated', '--wait', '0.1');
    expect(waited.code).toBe(4);
  });

  test('a connection and its end are logged', async () => {
    const socket = join(place, 'a.sock');
    const run = await serve('--listen', socket, '--json');
    const vmm = connect(socket);
    await run.line((text) => text.includes('"connected"'));
    vmm.destroy();
    await run.line((text) => text.includes('"lost"'));
    expect(run.objects().some((object) => object['event'] === 'log' && object['session'] === 'a')).toBe(true);
  });

  test('--url takes the printed URL in place of the control socket', async () => {
    const run = await serve(
      '--listen',
      join(place, 'a.sock'),
      '--json',
      '--http',
      '0',
      '--control',
      join(place, 'c.sock'),
    );
    const url = String(run.objects()[0]?.['url']);
    expect((await doorbell('status', '--json', '--url', url)).code).toBe(0);
    expect((await doorbell('status', '--json')).code).toBe(1);
  });

  test('status piped into a reader that takes its time is whole', async () => {
    const run = await serve(
      '--listen',
      ...Array.from({ length: 40 }, (_, i) => join(place, `vm${i}.sock`)),
      '--queue-pairs',
      '4',
    );
    const asked = new Run(['status', '--json']);
    asked.child.stdout?.pause();
    await vi.waitUntil(() => run.out.includes('control'), { timeout: 5000 });
    setTimeout(() => asked.child.stdout?.resume(), 300);
    const { out } = await asked.ended;
    expect((JSON.parse(out) as { sessions: unknown[] }).sessions).toHaveLength(40);
  });
});

describe('doorbell lab', () => {
  test.each(['upstream', 'rfc2018'])('--json prints the measured summary in %s', async (dialect) => {
    const { code, out } = await doorbell('lab', '--seconds', '1', '--dialect', dialect, '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      simulated: true,
      queues: 8,
      legs: {
        software: { doorbellsPerSecond: 0, simulatedDeviceCpu: expect.any(Number) as number },
        accelerated: { kicksPerSecond: 0, engineCompletionsPerSecond: 0 },
      },
      integrity: { lost: 0, duplicated: 0, reordered: 0, corrupted: 0 },
    });
  });

  test.each([
    ['an unknown dialect', ['--dialect', 'rfc2017'], 'dialect'],
    ['no time at all', ['--seconds', '0'], '--seconds 0'],
  ])('with %s exits 2', async (_name, args, message) => {
    const { code, err } = await doorbell('lab', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test('--version is that of the package', async () => {
  const { version } = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  expect((await doorbell('--version')).out.trim()).toBe(version);
});
