// Holds the software path to a number of instructions per frame. Unlike a time it is the same on a busy machine, so a
// regression shows where times cannot be believed. Run alone: node tools/hot-path.mjs
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const folder = join(root, 'build/native-tests/plain');
const program = join(folder, 'out/Default/native_hot_path');
const FRAMES = 12_800;

/** Taking, switching and completing one frame, everything included; about a tenth above what g++ 12 makes of it. */
const BOUNDS = [
  { path: 'sink', bytes: 64, ring: 'split', most: 248 },
  { path: 'sink', bytes: 64, ring: 'packed', most: 254 },
  { path: 'sink', bytes: 1500, ring: 'split', most: 425 },
  { path: 'forward', bytes: 64, ring: 'split', most: 424 },
  { path: 'forward', bytes: 64, ring: 'packed', most: 436 },
  { path: 'forward', bytes: 1500, ring: 'split', most: 598 },
  { path: 'echo', bytes: 64, ring: 'split', most: 585 },
];

export const isValgrindThere = () => spawnSync('valgrind', ['--version']).status === 0;
export const isBuilt = () => existsSync(program);

/** Instructions per frame inside Forwarder::Serve. Throws with what valgrind said. */
export function instructionsPerFrame(path, bytes, ring) {
  const scratch = mkdtempSync(join(tmpdir(), 'doorbell-hot-path-'));
  try {
    const words = [
      '--tool=callgrind',
      `--callgrind-out-file=${join(scratch, 'out')}`,
      '--toggle-collect=doorbell::Forwarder::Serve(*',
      program,
      path,
      `${bytes}`,
      `${FRAMES}`,
      ...(ring === 'packed' ? [ring] : []),
    ];
    const { stdout, stderr } = spawnSync('valgrind', words, { encoding: 'utf8', timeout: 120_000 });
    const collected = /Collected : (\d+)/.exec(stderr ?? '');
    if (collected === null || Number(collected[1]) === 0)
      throw new Error(`${path} ${bytes}: ${stdout ?? ''}${stderr ?? 'valgrind did not start'}`);
    return Math.round(Number(collected[1]) / FRAMES);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function check() {
  if (!isValgrindThere()) {
    console.log('skipped: valgrind is not installed');
    console.log(process.env.CI ? '0 passed, 1 failed, 1 skipped' : '0 passed, 0 failed, 1 skipped');
    return process.env.CI ? 1 : 0;
  }
  if (!isBuilt()) {
    console.log(`${program} is missing: node tools/native-tests.mjs builds it`);
    console.log('0 passed, 1 failed');
    return 1;
  }
  let failed = 0;
  for (const { path, bytes, ring, most } of BOUNDS) {
    const count = instructionsPerFrame(path, bytes, ring);
    const fits = count <= most;
    if (!fits) failed++;
    console.log(
      `${path} ${bytes} B ${ring}: ${count} instructions per frame${fits ? '' : `, more than ${most}`}`,
    );
  }
  console.log(`${BOUNDS.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) process.exitCode = check();
