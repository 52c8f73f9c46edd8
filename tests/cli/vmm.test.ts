/** `doorbell vmm` as a process against a real engine in this one. */
import { build } from 'esbuild';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startEngine } from '../../app/compose/engine.ts';
import { endpointOptions } from '../../app/compose/options.ts';
import type { RunningEngine } from '../../app/compose/running-engine.ts';
import { parseVmm } from '../../app/cli/vmm.ts';
import { PROFILE_NAMES } from '../../app/compose/vmm.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'doorbell-vmm-'));
/** In the checkout: the addon is found by walking up from the bundle. */
const cli = join(root, '.cache/vmm-test/cli.mjs');
const Line = z.looseObject({ event: z.string() });
const Traffic = z.object({ pairs: z.array(z.object({ received: z.number(), lost: z.number() })) });
const WITHIN_MS = 2_000;
const MAC = '52:54:00:00:01:0f';

let engine: RunningEngine;
const children: ChildProcess[] = [];

beforeAll(async () => {
  mkdirSync(join(root, '.cache/vmm-test'), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['app/cli/main.ts'],
    outfile: cli,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['electron', 'bufferutil', 'utf-8-validate'],
    banner: {
      js: "import { createRequire as doorbellRequire } from 'node:module';const require = doorbellRequire(import.meta.url);",
    },
  });
  const started = await startEngine({
    endpoints: [
      ...PROFILE_NAMES.map((name) => endpointOptions({ name, path: join(folder, `${name}.sock`) })),
      endpointOptions({ name: 'told', path: join(folder, 'told.sock'), config: true, mac: MAC, mtu: 1400 }),
    ],
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!started.ok) throw new Error(started.error.message);
  engine = started.value;
}, 60_000);
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  await engine.end();
  rmSync(folder, { recursive: true });
});

/** Lines of the process as they come, and its exit code. */
function start(...words: readonly string[]) {
  const child = spawn(process.execPath, [cli, 'vmm', '--json', ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const exit = new Promise<number | null>((done) => child.on('exit', done));
  const until = async (is: (line: z.infer<typeof Line>) => boolean): Promise<z.infer<typeof Line>> => {
    for (;;) {
      const next = await lines.next();
      if (next.done === true) throw new Error('the process ended before');
      const line = Line.parse(JSON.parse(next.value));
      if (is(line)) return line;
    }
  };
  return { child, exit, until };
}

describe('doorbell vmm', () => {
  test.each(PROFILE_NAMES)(
    'speaks as %s to the engine, its echo requests come back, and SIGTERM ends it within 2 s',
    { timeout: 60_000 },
    async (profile) => {
      const { child, exit, until } = start(
        '--connect',
        join(folder, `${profile}.sock`),
        '--profile',
        profile,
      );

      await until(({ event }) => event === 'started');
      await until((line) => {
        const traffic = Traffic.safeParse(line);
        return traffic.success && traffic.data.pairs.every(({ received }) => received >= 20);
      });
      const asked = performance.now();
      child.kill('SIGTERM');

      expect(await exit).toBe(0);
      expect(performance.now() - asked).toBeLessThan(WITHIN_MS);
    },
  );

  test.each(['qemu', 'uml'])('as %s tells the configuration that its back-end offers', async (profile) => {
    const { until } = start('--connect', join(folder, 'told.sock'), '--profile', profile);

    const config = await until(({ event }) => event === 'config');
    expect(config).toEqual({ event: 'config', mac: MAC, link: 'up', queuePairs: null, mtu: 1400 });
  });

  test('waits for a back-end that is not there yet, and ends all the same', { timeout: 30_000 }, async () => {
    const { child, exit, until } = start('--connect', join(folder, 'none.sock'));

    await until(({ event }) => event === 'ready');
    child.kill('SIGTERM');

    expect(await exit).toBe(0);
  });

  test.each([
    ['no socket', {}],
    ['two sockets', { connect: 'a', listen: 'b' }],
    ['an unknown profile', { connect: 'a', profile: 'bhyve' }],
    ['an unknown dialect', { connect: 'a', dialect: '2018' }],
    ['no queues', { connect: 'a', queues: '0' }],
    ['more pairs than user-mode Linux has', { connect: 'a', profile: 'uml', queues: '2' }],
    ['unknown traffic', { connect: 'a', traffic: 'flood' }],
  ])('with %s is a wrong call', (_what, given) => {
    const defaults = { profile: 'qemu', dialect: 'upstream', queues: '1', traffic: 'ping' };

    expect(() => parseVmm({ ...defaults, ...given })).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
