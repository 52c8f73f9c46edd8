// Builds the native tests without Node in three flavours and runs them: plain, AddressSanitizer with undefined
// behaviour, ThreadSanitizer. Each flavour has its own folder under build/, so a second run builds only what
// changed. An argument runs only the tests whose name or file contains it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flavourFolder, makeNative } from './native-make.mjs';

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
/** Every report of a sanitizer is a failure; reports tell both sides of a race. */
const SANITIZER_ENV = {
  ASAN_OPTIONS: 'detect_stack_use_after_return=1',
  UBSAN_OPTIONS: 'print_stacktrace=1',
  TSAN_OPTIONS: 'second_deadlock_stack=1',
};

function run(command, args, options = {}) {
  return spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
}

/** Why this flavour cannot run here, or the command to put before its programs. */
function probe(flavour, folder) {
  if (flavour.library === null) return { prefix: [] };
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'probe.cc');
  const program = join(folder, 'probe');
  writeFileSync(source, 'int main() { return 0; }\n');
  const built = run('g++', [...flavour.flags, source, '-o', program]);
  if (built.status !== 0) return { missing: `${flavour.library} (its package comes with g++)` };
  // ThreadSanitizer cannot place its shadow where addresses are randomised widely: setarch turns that off.
  const prefixes = [[], ['setarch', '-R']];
  const prefix = prefixes.find((words) => {
    const [command, ...args] = [...words, program];
    return run(command, args).status === 0;
  });
  return prefix === undefined ? { missing: `a kernel on which ${flavour.library} starts` } : { prefix };
}

/** The program's own count; a program that died before it could count has failed once. */
function runProgram(program, folder, prefix) {
  const [command, ...args] = [...prefix, join(folder, 'out/Default', program), ...ARGUMENTS[program]];
  const result = run(command, args, { env: { ...process.env, ...SANITIZER_ENV }, timeout: 170_000 });
  const counts = /(\d+) passed, (\d+) failed\s*$/.exec(result.stdout);
  const passed = counts === null ? 0 : Number(counts[1]);
  const failed = counts === null ? 1 : Number(counts[2]);
  const clean = result.status === 0 || failed > 0;
  return {
    passed,
    failed: clean ? failed : failed + 1,
    output: result.status === 0 ? '' : result.stdout + result.stderr,
  };
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const flavour of FLAVOURS) {
  const folder = flavourFolder(flavour.name);
  const started = Date.now();
  const answer = probe(flavour, folder);
  if (answer.missing !== undefined) {
    console.log(`native ${flavour.name}: skipped: ${answer.missing}`);
    total.skipped++;
    if (process.env.CI) total.failed++;
    continue;
  }
  const problem = makeNative(folder, flavour.sanitizer);
  if (problem !== null) {
    console.log(`${problem}native ${flavour.name}: does not build`);
    total.failed++;
    continue;
  }
  const built = Date.now();
  const flavourTotal = { passed: 0, failed: 0 };
  for (const program of flavour.programs) {
    const outcome = runProgram(program, folder, answer.prefix);
    if (outcome.output !== '') console.log(outcome.output);
    flavourTotal.passed += outcome.passed;
    flavourTotal.failed += outcome.failed;
  }
  total.passed += flavourTotal.passed;
  total.failed += flavourTotal.failed;
  const seconds = [built - started, Date.now() - built].map((ms) => (ms / 1000).toFixed(1));
  console.log(
    `native ${flavour.name}: ${flavourTotal.passed} passed, ${flavourTotal.failed} failed (built ${seconds[0]} s, ran ${seconds[1]} s)`,
  );
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exit(total.failed === 0 ? 0 : 1);
