// Builds programs of native/tests.gyp, without Node, in one flavour; each flavour has its own folder.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { run } from './process-group.mjs';

const root = resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);
const gyp = join(dirname(require.resolve('node-gyp/package.json')), 'gyp/gyp_main.py');

/** Where the flavour of this name is built; its programs are in out/Default. */
export const flavourFolder = (name) => join(root, 'build/native-tests', name);

/** → null, or what went wrong. `sanitizer` as in native/tests.gyp; no targets: all of the flavour; no compiler: g++. */
export async function makeNative(folder, sanitizer, targets = [], compiler = null) {
  const options = { cwd: root, ...(compiler === null ? {} : { env: { CXX: compiler } }) };
  const words = [gyp, 'native/tests.gyp', '--depth=.', '-f', 'make'];
  const place = [`--generator-output=${relative(root, folder)}`, `-Dsanitizer=${sanitizer}`];
  const generated = await run('python3', [...words, ...place], options);
  if (generated.code !== 0) return generated.output;
  const jobs = ['--silent', `-j${availableParallelism()}`];
  const made = await run('make', ['-C', folder, ...jobs, ...targets], options);
  return made.code === 0 ? null : made.output;
}
