// Fuzzes for a while: npm run fuzz [-- SECONDS] [TARGET…]. Without TARGET, half of the time is for the messages and half,
// where g++ has AddressSanitizer, for the rings and the switch; `native` chooses the second alone. What fails says how to
// repeat it.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flavourFolder, makeNative } from './native-make.mjs';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, '.cache/fuzz.mjs');
const NATIVE = 'native';

async function fuzzMessages(seconds, targets) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  await build({
    absWorkingDir: root,
    entryPoints: ['tests/fuzz/long-run.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    logLevel: 'warning',
  });
  const args = [outfile, '--root', root, '--seconds', `${seconds}`, ...targets];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
}

/** Its runs, too, depend on a seed and a number alone: see native/fuzz/driver.cc. */
function fuzzNative(seconds) {
  const folder = flavourFolder('asan');
  const problem = makeNative(folder, 'address', ['native_fuzz']);
  if (problem !== null) {
    console.error(`native fuzzing does not build:\n${problem}`);
    return 1;
  }
  const program = join(folder, 'out/Default/native_fuzz');
  const args = ['seconds', `${seconds}`, join(root, 'native/fuzz/corpus.txt'), `${Date.now()}`];
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
}

const [first, ...rest] = process.argv.slice(2);
const hasSeconds = first !== undefined && /^\d+$/.test(first);
const seconds = hasSeconds ? Number(first) : 60;
const targets = hasSeconds || first === undefined ? rest : [first, ...rest];

const all = targets.length === 0;
const share = all ? Math.ceil(seconds / 2) : seconds;
const messages = targets.filter((target) => target !== NATIVE);
let code = 0;
if (all || messages.length > 0) code = await fuzzMessages(share, messages);
if (code === 0 && (all || targets.includes(NATIVE))) code = fuzzNative(share);
process.exitCode = code;
