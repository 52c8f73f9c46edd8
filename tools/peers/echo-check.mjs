// Builds the small DPDK front-end of the tests, which compares every byte that comes back.
import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../process-group.mjs';

const source = resolve(import.meta.dirname, '../../tests/peers/dpdk/echo-check.c');

/** @returns {Promise<string>} the program; throws with the compiler's words */
export async function buildEchoCheck(cache) {
  const program = join(cache, 'echo-check');
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return program;
  const { code, output } = await run('sh', [
    '-c',
    'exec cc -O2 -Wall -Wextra -Werror "$1" -o "$2" $(pkg-config --cflags --libs libdpdk)',
    'build',
    source,
    program,
  ]);
  if (code !== 0) throw new Error(`echo-check: ${output.slice(-2000)}`);
  return program;
}
