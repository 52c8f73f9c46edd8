// Builds programs of native/tests.gyp, without Node, in one flavour; each flavour has its own folder.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const gyp = join(dirname(require.resolve('node-gyp/package.json')), 'gyp/gyp_main.py');

/** Where the flavour of this name is built; its programs are in out/Default. */
export const flavourFolder = (name) => join(root, 'build/native-tests', name);

/** → null, or what went wrong. `sanitizer` as in native/tests.gyp; no targets: all of the flavour; no compiler: g++. */
export function makeNative(folder, sanitizer, targets = [], compiler = null) {
  const env = compiler === null ? process.env : { ...process.env, CXX: compiler };
  const options = { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, env };
  const words = [gyp, 'native/tests.gyp', '--depth=.', '-f', 'make'];
  const place = [`--generator-output=${relative(root, folder)}`, `-Dsanitizer=${sanitizer}`];
  const generated = spawnSync('python3', [...words, ...place], options);
  if (generated.status !== 0) return generated.stdout + generated.stderr;
  const made = spawnSync(
    'make',
    ['-C', folder, '--silent', `-j${availableParallelism()}`, ...targets],
    options,
  );
  return made.status === 0 ? null : made.stdout + made.stderr;
}
