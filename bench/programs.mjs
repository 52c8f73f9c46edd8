// Small programs of the benchmarks, built when they are first wanted.
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
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
