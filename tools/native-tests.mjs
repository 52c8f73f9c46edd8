// Builds the native tests without Node in three flavours and runs them: plain, AddressSanitizer with undefined
// behaviour, ThreadSanitizer. Each flavour has its own folder under build/, so a second run builds only what
// changed; while one is being run the next is being built. An argument runs only the tests whose name or file contains it.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flavourFolder, makeNative } from './native-make.mjs';
import { endGroupsWithProcess, run } from './process-group.mjs';

const root = resolve(import.meta.dirname, '..');
const filter = process.argv[2] ?? '';

const FLAVOURS = [
  { name: 'plain', sanitizer: 'none', flags: [], library: null, programs: ['native_tests'] },
  {
    name: 'asan',
    sanitizer: 'address',
    flags: ['-fsanitize=address,undefined'],
    library: 'libasan',
    // Fuzzing is bounded by a number of inputs, not by time: it does the same on a slow machine.
    programs: ['native_tests', 'native_fuzz'],
  },
  {
    name: 'tsan',
    sanitizer: 'thread',
    flags: ['-fsanitize=thread'],
    library: 'libtsan',
    programs: ['native_tests'],
  },
];
/** What each program is given: which tests, or how many inputs of each fuzz target beside the corpus. */
const ARGUMENTS = {
  native_tests: [filter],
  native_fuzz: ['runs', '10000', join(root, 'native/fuzz/corpus')],
};
/** Of one program, beside whatever else is being built and checked. */
const MOST_SECONDS = 170;
/** Every report of a sanitizer is a failure; reports tell both sides of a race. */
const SANITIZER_ENV = {
  ASAN_OPTIONS: 'detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: 'second_deadlock_stack=1',
};

const started = (command, args) => run(command, args, { cwd: root });

/** Why this flavour cannot run here, or the command to put before its programs. */
async function probe(flavour, folder) {
  if (flavour.library === null) return { prefix: [] };
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'probe.cc');
  const program = join(folder, 'probe');
  writeFileSync(source, 'int main() { return 0; }\n');
  const built = await started('g++', [...flavour.flags, source, '-o', program]);
  if (built.code !== 0) return { missing: `${flavour.library} (its package comes with g++)` };
  // ThreadSanitizer cannot place its shadow where addresses are randomised widely: setarch turns that off.
  for (const prefix of [[], ['setarch', '-R']]) {
    const [command, ...args] = [...prefix, program];
    if ((await started(command, args)).code === 0) return { prefix };
  }
  return { missing: `a kernel on which ${flavour.library} starts` };
}

/** The program's own count; a program that died before it could count has failed once. */
async function runProgram(program, folder, prefix) {
  const [command, ...args] = [...prefix, join(folder, 'out/Default', program), ...ARGUMENTS[program]];
  const { code, output } = await run(command, args, {
    cwd: root,
    env: SANITIZER_ENV,
    timeoutSeconds: MOST_SECONDS,
  });
  const counts = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1);
  const passed = counts === undefined ? 0 : Number(counts[1]);
  const failed = counts === undefined ? 1 : Number(counts[2]);
  const clean = code === 0 || failed > 0;
  return { passed, failed: clean ? failed : failed + 1, output: code === 0 ? '' : output };
}

/** → how the flavour is to be run, or why it cannot be; either way how long that took. */
async function build(flavour) {
  const began = Date.now();
  const folder = flavourFolder(flavour.name);
  const answer = await probe(flavour, folder);
  const problem = answer.missing === undefined ? await makeNative(folder, flavour.sanitizer) : null;
  return { ...answer, problem, folder, seconds: (Date.now() - began) / 1000 };
}

/** → what is to be added to the total. */
async function runFlavour({ name, programs }, { missing, problem, folder, prefix, seconds }) {
  if (missing !== undefined) {
    console.log(`native ${name}: skipped: ${missing}`);
    return { passed: 0, failed: process.env.CI ? 1 : 0, skipped: 1 };
  }
  if (problem !== null) {
    console.log(`${problem}native ${name}: does not build`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
  const began = Date.now();
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const program of programs) {
    const outcome = await runProgram(program, folder, prefix);
    if (outcome.output !== '') console.log(outcome.output);
    counts.passed += outcome.passed;
    counts.failed += outcome.failed;
  }
  const times = `built ${seconds.toFixed(1)} s, ran ${((Date.now() - began) / 1000).toFixed(1)} s`;
  console.log(`native ${name}: ${counts.passed} passed, ${counts.failed} failed (${times})`);
  return counts;
}

endGroupsWithProcess();
const total = { passed: 0, failed: 0, skipped: 0 };
let ran = Promise.resolve();
for (const flavour of FLAVOURS) {
  const built = await build(flavour);
  // One after the other: a program of tests fills the cores that a build leaves.
  ran = ran.then(async () => {
    const counts = await runFlavour(flavour, built);
    for (const key of Object.keys(total)) total[key] += counts[key];
  });
}
await ran;
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);
