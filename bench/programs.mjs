// Programs of the benchmarks, built when they are first wanted: small ones in C, and bundles of TypeScript over the
// sources.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build } from 'esbuild';
import { run } from '../tools/process-group.mjs';

const root = resolve(import.meta.dirname, '..');
const cache = join(root, '.cache/bench');

/** → the program's path. Throws with the compiler's words. `dpdk`: it is a DPDK program. */
async function compiled(name, dpdk) {
  const source = join(root, 'bench/peers', `${name}.c`);
  const program = join(cache, name);
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  mkdirSync(cache, { recursive: true });
  const libraries = dpdk ? '$(pkg-config --cflags --libs libdpdk)' : '-pthread';
  const script = `exec cc -O2 -Wall -Wextra -Werror "$1" -o "$2" ${libraries}`;
  const { code, output } = await run('sh', ['-c', script, 'build', source, program]);
  if (code !== 0) throw new Error(`${name}.c does not build: ${output.slice(-1500)}`);
  return program;
}

export const pingPong = () => compiled('ping-pong', false);
export const frames = () => compiled('frames', true);

/** → a program of native/tests.gyp, optimised. Throws with the compiler's words. */
export async function native(name) {
  const folder = join(root, 'build/native-tests/plain');
  const gyp = join(
    dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')),
    'gyp/gyp_main.py',
  );
  const words = [
    'native/tests.gyp',
    '--depth=.',
    '-f',
    'make',
    `--generator-output=${relative(root, folder)}`,
  ];
  for (const [command, args] of [
    ['python3', [gyp, ...words, '-Dsanitizer=none']],
    ['make', ['-C', folder, '--silent', '-j2', name]],
  ]) {
    const { code, output } = await run(command, args, { cwd: root });
    if (code !== 0) throw new Error(`${name} does not build: ${output.slice(-1500)}`);
  }
  return join(folder, 'out/Default', name);
}

const bundles = new Map();

/** → a module to run with this Node, of `programs/<name>.ts`. Inside the checkout: it finds the addon upwards. */
export function bundled(name) {
  if (!bundles.has(name)) bundles.set(name, bundle(name));
  return bundles.get(name);
}

async function bundle(name) {
  const outfile = join(cache, `${name}.mjs`);
  await build({
    absWorkingDir: root,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['bufferutil', 'utf-8-validate'],
    define: { DOORBELL_VERSION: '"bench"' },
    banner: {
      js: "import { createRequire as benchRequire } from 'node:module';const require = benchRequire(import.meta.url);",
    },
    entryPoints: [`bench/programs/${name}.ts`],
    outfile,
    logLevel: 'warning',
  });
  return outfile;
}
