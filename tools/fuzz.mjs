// Fuzzes for a while: npm run fuzz [-- SECONDS] [TARGET…]. Without TARGET, all of them share the time.
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const outfile = join(root, '.cache/fuzz.mjs');

const [first, ...rest] = process.argv.slice(2);
const hasSeconds = first !== undefined && /^\d+$/.test(first);
const seconds = hasSeconds ? first : '60';
const targets = hasSeconds || first === undefined ? rest : [first, ...rest];

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
const args = [outfile, '--root', root, '--seconds', seconds, ...targets];
process.exitCode = spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
