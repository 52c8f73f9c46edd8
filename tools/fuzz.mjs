// Fuzzes for a while: npm run fuzz [-- --help]. Rings, switch and translations are fuzzed by libFuzzer where a clang++ has
// it, else by seeded input under g++'s AddressSanitizer. What fails says how to repeat it.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CORPUS, buildLibFuzzer, findClang, fuzzTarget, nativeTargets } from './native-fuzz.mjs';
import { flavourFolder, makeNative } from './native-make.mjs';
import { endGroupsWithProcess } from './process-group.mjs';
import { readWords, refuse } from './words.mjs';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, '.cache/fuzz.mjs');
const NATIVE = 'native';
const USAGE = `npm run fuzz [-- [--seconds] SECONDS] [TARGET…]

  SECONDS   how long, 60 unless said; half for the messages, half for the native core
  TARGET    \`${NATIVE}\`: the native core alone; a decoder's name: that one (a strange one lists them)
  --help    this text

What fails says how to repeat it.`;

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

function notBuilt(problem) {
  console.error(`native fuzzing does not build:\n${problem}`);
  return 1;
}

/** The time is shared out evenly. */
async function fuzzGuided(clang, seconds) {
  const problem = await buildLibFuzzer(clang);
  if (problem !== null) return notBuilt(problem);
  const targets = nativeTargets();
  const share = Math.ceil(seconds / targets.length);
  console.log(`native: libFuzzer of ${clang}, ${targets.length} targets, ${share} s each`);
  for (const target of targets) {
    const inputs = fuzzTarget(target, share);
    if (inputs === null) return 1;
    console.log(`${target}: ${inputs} inputs`);
  }
  return 0;
}

/** Its runs depend on a seed and a number alone: see native/fuzz/driver.cc. */
async function fuzzSeeded(seconds) {
  console.log('native: seeded input, guided by no coverage: no clang++ here has libFuzzer');
  const folder = flavourFolder('asan');
  const problem = await makeNative(folder, 'address', ['native_fuzz']);
  if (problem !== null) return notBuilt(problem);
  const program = join(folder, 'out/Default/native_fuzz');
  const args = ['seconds', `${seconds}`, CORPUS, `${Date.now()}`];
  return spawnSync(program, args, { stdio: 'inherit' }).status ?? 1;
}

function fuzzNative(seconds) {
  const clang = findClang();
  return clang === null ? fuzzSeeded(seconds) : fuzzGuided(clang, seconds);
}

const { values, positionals } = readWords(USAGE, { seconds: { type: 'string' } }, true);
const [first, ...rest] = positionals;
const isNumber = (word) => /^\d+$/.test(word ?? '');
if (values.seconds !== undefined && !isNumber(values.seconds))
  refuse(USAGE, `${values.seconds} is no number of seconds`);
const hasSeconds = values.seconds === undefined && isNumber(first);
const seconds = Number(values.seconds ?? (hasSeconds ? first : 60));
const targets = hasSeconds ? rest : positionals;

const all = targets.length === 0;
const share = all ? Math.ceil(seconds / 2) : seconds;
const messages = targets.filter((target) => target !== NATIVE);
endGroupsWithProcess();
let code = 0;
if (all || messages.length > 0) code = await fuzzMessages(share, messages);
if (code === 0 && (all || targets.includes(NATIVE))) code = await fuzzNative(share);
process.exitCode = code;
