// Builds build/Release/doorbell.node; does nothing when no input has changed. This is npm's install script, so
// it uses nothing beyond Node and the packages that it builds with.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { surfaceId } from './surface.mjs';

const root = resolve(import.meta.dirname, '..');
const addon = join(root, 'build/Release/doorbell.node');
const stampFile = join(root, 'build/doorbell-native.stamp');
const surfaceHeader = join(root, 'build/generated/surface_id.h');
const lockFile = join(root, 'build/doorbell-native.lock');
const require = createRequire(import.meta.url);

/** Program → what to install for it, in Debian's words. */
const NEEDED = { 'g++': 'g++', make: 'make', python3: 'python3' };

function fail(message) {
  console.error(`build-native: ${message}`);
  process.exit(1);
}

/** What only the Node-free tests are made of. */
const TEST_FOLDERS = new Set(['testing', 'fuzz']);

function* filesUnder(folder) {
  const entries = readdirSync(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (TEST_FOLDERS.has(entry.name)) continue;
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (/\.(cc|h|gypi|py)$/.test(entry.name) && !entry.name.endsWith('_test.cc')) yield path;
  }
}

/** Everything that the addon is made of, the tools included. */
function inputsHash() {
  const hash = createHash('sha256');
  const packages = ['node-addon-api', 'node-gyp'].map((name) => require(`${name}/package.json`).version);
  const host = [process.versions.modules, process.arch, process.execPath];
  hash.update(JSON.stringify([...host, packages, surfaceId()]));
  for (const path of [join(root, 'binding.gyp'), ...filesUnder(join(root, 'native'))]) {
    hash.update(path.slice(root.length));
    hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function missingPackages() {
  return Object.entries(NEEDED)
    .filter(([program]) => spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0)
    .map(([, packageName]) => packageName);
}

/** Node's own headers where they lie beside it: node-gyp would fetch them from the network otherwise. */
function nodeHeaders() {
  const prefixes = [resolve(dirname(process.execPath), '..'), '/usr'];
  return prefixes.find((prefix) => {
    const header = join(prefix, 'include/node/node_version.h');
    if (!existsSync(header) || !existsSync(join(prefix, 'include/node/node.h'))) return false;
    const major = /#define NODE_MAJOR_VERSION (\d+)/.exec(readFileSync(header, 'utf8'))?.[1];
    return major === process.versions.node.split('.')[0];
  });
}

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** One build at a time per checkout: two would write the same files. */
async function takeLock() {
  mkdirSync(dirname(lockFile), { recursive: true });
  for (;;) {
    try {
      writeFileSync(lockFile, String(process.pid), { flag: 'wx' });
      process.on('exit', () => rmSync(lockFile, { force: true }));
      for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const owner = existsSync(lockFile) ? Number(readFileSync(lockFile, 'utf8')) : 0;
    if (owner > 0 && !isAlive(owner)) rmSync(lockFile, { force: true });
    else await sleep(200);
  }
}

function writeSurfaceHeader() {
  mkdirSync(dirname(surfaceHeader), { recursive: true });
  writeFileSync(
    surfaceHeader,
    `// Written by tools/build-native.mjs.\n#pragma once\n\n#define DOORBELL_SURFACE "${surfaceId()}"\n`,
  );
}

function build() {
  writeSurfaceHeader();
  const nodedir = nodeHeaders();
  const result = spawnSync(
    process.execPath,
    [
      require.resolve('node-gyp/bin/node-gyp.js'),
      'configure',
      'build',
      '-j',
      'max',
      '--loglevel=warn',
      ...(nodedir === undefined ? [] : [`--nodedir=${nodedir}`]),
    ],
    { cwd: root, stdio: 'inherit' },
  );
  if (result.status !== 0) fail('the compiler failed; its messages are above');
}

if (process.platform !== 'linux')
  fail(`Doorbell runs on Linux only (vhost-user, eventfd, memfd); this is ${process.platform}`);

const isCurrent = (hash) =>
  existsSync(addon) && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === hash;

if (isCurrent(inputsHash())) {
  console.log('build-native: up to date');
} else {
  const missing = missingPackages();
  if (missing.length > 0)
    fail(`missing: ${missing.join(', ')} (on Debian: apt install ${missing.join(' ')})`);
  await takeLock();
  // Another build may have done it while this one waited; and sources may change while it compiles, so the
  // stamp tells what was there before.
  const hash = inputsHash();
  if (!isCurrent(hash)) {
    rmSync(stampFile, { force: true });
    const started = Date.now();
    build();
    writeFileSync(stampFile, hash);
    console.log(`build-native: built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
}
