/**
 * What electron-builder packs is complete: the shell runs from the files of the unpacked archive alone.
 */
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe } from 'vitest';
import { hasChromium, itIsAShell, shellsOf } from './suite.ts';

const REPOSITORY = resolve(import.meta.dirname, '../..');
let unpacked = '';

const start = shellsOf(() => unpacked);

describe.skipIf(!hasChromium)('packed desktop shell', () => {
  beforeAll(async () => {
    const pack = resolve(REPOSITORY, 'tools/pack-unpacked.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [pack], { cwd: REPOSITORY });
    unpacked = stdout.trim().split('\n').at(-1) ?? '';
  }, 120_000);

  itIsAShell(start);
});
