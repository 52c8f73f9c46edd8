// Writes native/fuzz/corpus.txt anew: node tools/fuzz-corpus.mjs [RUNS]. Needs clang++, for its edge coverage. Wanted when
// a target, or what its random choices mean, has changed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const native = join(root, 'native');
const folder = join(root, 'build/native-fuzz-corpus');
const runs = process.argv[2] ?? '20000';

/** Files of a list in native/sources.gypi. */
const lists = readFileSync(join(native, 'sources.gypi'), 'utf8');
const files = (name) =>
  [...(new RegExp(`'${name}': \\[([^\\]]*)\\]`).exec(lists)?.[1] ?? '').matchAll(/'([^']+)'/g)].map(
    ([, file]) => file,
  );

/** Coverage is asked for in what is fuzzed, not in what fuzzes. */
const sources = [
  ...['base_files', 'io_files', 'mem_files', 'virtq_files', 'net_files']
    .flatMap(files)
    .map((file) => ({ file, flags: ['-fsanitize-coverage=trace-pc-guard'] })),
  ...[...files('fuzz_files').filter((file) => file !== 'fuzz/driver.cc'), 'fuzz/corpus_writer.cc'].map(
    (file) => ({
      file,
      flags: [],
    }),
  ),
];

function run(command, args) {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (status !== 0) throw new Error(`${command}: ${error?.message ?? stderr}`);
  return stdout;
}

mkdirSync(folder, { recursive: true });
const objects = sources.map(({ file, flags }) => {
  const object = join(folder, `${file.replaceAll('/', '_')}.o`);
  run('clang++', [
    '-std=c++20',
    '-O1',
    '-pthread',
    '-I',
    native,
    ...flags,
    '-c',
    join(native, file),
    '-o',
    object,
  ]);
  return object;
});
const program = join(folder, 'corpus_writer');
run('clang++', ['-pthread', ...objects, '-o', program]);
const corpus = run(program, [runs]);
writeFileSync(join(native, 'fuzz/corpus.txt'), corpus);
console.log(`native/fuzz/corpus.txt: ${corpus.split('\n').length - 1} runs`);
