/** `doorbell check` against a real engine in this process: what it prints, writes and returns. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEngine } from '../../app/compose/engine.ts';
import type { RunningEngine } from '../../app/compose/running-engine.ts';
import { runCheck } from '../../app/cli/check.ts';
import { CliError } from '../../app/cli/exit-codes.ts';

const folder = mkdtempSync(join(tmpdir(), 'doorbell-check-'));
const socket = join(folder, 'vm0.sock');
let engine: RunningEngine;

beforeAll(async () => {
  const started = await startEngine({
    endpoints: [
      {
        name: 'vm0',
        path: socket,
        mode: 'listen',
        dialect: 'upstream',
        desired: 'software',
        fileMode: 0o600,
        mtu: null,
        mac: null,
        config: false,
        group: null,
        queuePairs: 2,
        uplink: null,
        iommu: false,
        simulated: false,
      },
    ],
    accelerators: [{ kind: 'emulated', id: 'emulated0' }],
  });
  if (!started.ok) throw new Error(started.error.message);
  engine = started.value;
});
afterAll(async () => {
  await engine.end();
  rmSync(folder, { recursive: true });
});

interface Given {
  readonly socket?: string;
  readonly device?: string;
  readonly only?: readonly string[];
  readonly json?: boolean;
  readonly junit?: string;
  readonly destructive?: boolean;
}

async function check(given: Given): Promise<{ readonly code: number; readonly out: readonly string[] }> {
  const out: string[] = [];
  const code = await runCheck(
    { socket, device: 'auto', destructive: true, ...given },
    { out: (line) => out.push(line), error: (line) => out.push(line) },
  ).catch((error: unknown) => {
    if (!(error instanceof CliError)) throw error;
    out.push(error.message);
    return error.exitCode;
  });
  return { code, out };
}

describe('doorbell check', () => {
  test('finds nothing against this engine, by any check', { timeout: 120_000 }, async () => {
    const file = join(folder, 'junit.xml');

    const { code, out } = await check({ json: true, junit: file });

    const report: unknown = JSON.parse(out.join(''));
    expect(report).toMatchObject({ socket, device: 'net', passed: true });
    expect(out.join('')).not.toContain('"outcome":"finding"');
    expect(code).toBe(0);
    const xml = readFileSync(file, 'utf8');
    expect(xml).toMatch(/<testsuite name="vhost-user back-end [^"]*" tests="\d+" failures="0"/);
    expect(xml).toContain('<testcase classname="Ring states" name="ring-serves"');
  });

  test('runs only what it is asked for, and marks nothing destructive when that is left out', async () => {
    const { code, out } = await check({ only: ['reply-flags', 'oversized-body'], destructive: false });

    expect(code).toBe(0);
    expect(out[0]).toMatch(/^pass {2}reply-flags/);
    expect(out.at(-1)).toBe('1 checks: 1 passed, 0 failed, 0 notes, 0 not applicable.');
  });

  test('asked as a disk tells with exit 1 what came, and what the specification says', async () => {
    // A network device does not answer a disk's request on its receive ring.
    const { code, out } = await check({ device: 'blk', only: ['ring-serves'] });

    expect(code).toBe(1);
    const text = out.join('\n');
    expect(text).toContain('FAIL ring-serves: ');
    expect(text).toContain('  specification: Ring states');
    expect(text).toContain('  →  SET_MEM_TABLE flags 0x9 size 40 +1 fd ');
  });

  test.each([
    ['a socket where nobody listens', { socket: join(folder, 'none.sock') }, 'is no vhost-user back-end'],
    ['an unknown device', { device: 'gpu' }, '--device gpu: auto, net or blk is wanted'],
    ['an unknown check', { only: ['nothing'] }, '--only nothing: there is no such check'],
  ])('with %s exits 2', async (_what, given, words) => {
    const { code, out } = await check(given);

    expect(code).toBe(2);
    expect(out.join('\n')).toContain(words);
  });
});
