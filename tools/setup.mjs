// Makes a fresh clone runnable: checks what must be there, installs packages, builds the addon and the
// bundles. Does only what has changed since the last time; needs no root and never calls apt.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clearInterval, setInterval } from 'node:timers';
import { endGroupsWithProcess, run } from './process-group.mjs';

const root = resolve(import.meta.dirname, '..');
/** Lies inside node_modules, so deleting that folder deletes the claim that it is complete. */
const STAMP = join(root, 'node_modules/.doorbell-lock');
const OLDEST_NODE = [20, 19];

/** Program → its Debian package. */
const PROGRAMS = { 'g++': 'g++', make: 'make', python3: 'python3' };

/** What a person must do before anything else can work, or undefined. */
async function unmet() {
  if (process.platform !== 'linux')
    return `Doorbell runs on Linux only (vhost-user, eventfd, memfd); this is ${process.platform}`;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]))
    return `Node.js ${process.versions.node} is too old: ${OLDEST_NODE.join('.')} or newer is needed (package nodejs)`;
  const found = await Promise.all(Object.keys(PROGRAMS).map((program) => run(program, ['--version'])));
  const missing = Object.values(PROGRAMS).filter((_, index) => found[index].code !== 0);
  if (missing.length > 0) return `missing: ${missing.join(', ')} (Debian: apt install ${missing.join(' ')})`;
  return undefined;
}

/** Runs a step, with its duration; a failing one shows its output and throws. */
async function step(log, title, command, args) {
  const pulse = setInterval(() => log(`${title} …`), 15_000);
  const { code, output, seconds } = await run(command, args, { cwd: root });
  clearInterval(pulse);
  if (code !== 0) throw new Error(`${title} failed:\n${output.slice(-4000)}`);
  log(`${title}: ${seconds.toFixed(1)} s`);
}

const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .update(process.versions.modules)
    .digest('hex');

/**
 * Brings the checkout up to date. Throws with one readable message where that is impossible.
 * @param {(line: string) => void} log
 */
export async function setup(log) {
  const began = Date.now();
  const cause = await unmet();
  if (cause !== undefined) throw new Error(cause);
  const hash = lockHash();
  if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== hash) {
    await step(log, 'packages (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
    writeFileSync(STAMP, hash);
  }
  await step(log, 'native addon', process.execPath, ['tools/build-native.mjs']);
  await step(log, 'bundles', process.execPath, ['tools/build.mjs', '--if-changed']);
  log(`ready after ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

if (process.argv[1] === import.meta.filename) {
  endGroupsWithProcess();
  try {
    await setup((line) => console.log(`setup: ${line}`));
  } catch (error) {
    console.error(`setup: ${error.message}`);
    process.exitCode = 1;
  }
}
