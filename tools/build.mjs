// Bundles everything that runs outside the sources: the CLI, the desktop shell's main process and preload,
// and the panel. Each bundle stands alone; only the native addon stays a file of its own, found by walking up
// from the bundle to build/Release.
import { build } from 'esbuild';
import { existsSync } from 'node:fs';
import { chmod, cp, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';

const root = resolve(import.meta.dirname, '..');
const dist = join(root, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Some dependencies are CommonJS and call require for what is built into Node. */
const REQUIRE =
  "import { createRequire as doorbellRequire } from 'node:module';const require = doorbellRequire(import.meta.url);";

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  // ws asks for these two and goes on without them.
  external: ['electron', 'bufferutil', 'utf-8-validate'],
  define: { DOORBELL_VERSION: JSON.stringify(version) },
  sourcemap: true,
  legalComments: 'none',
  logLevel: 'warning',
};
const module = (entry, outfile, banner) =>
  build({
    ...common,
    entryPoints: [entry],
    outfile: join(dist, outfile),
    format: 'esm',
    banner: { js: banner },
  });

async function buildCli() {
  await module('app/cli/main.ts', 'cli.mjs', `#!/usr/bin/env node\n${REQUIRE}`);
  await chmod(join(dist, 'cli.mjs'), 0o755);
}

async function buildDesktop() {
  if (!existsSync(join(root, 'app/electron/main.ts'))) return;
  await module('app/electron/main.ts', 'electron.mjs', REQUIRE);
  // The renderer is sandboxed: its preload may only be one CommonJS file.
  await build({
    ...common,
    entryPoints: ['app/electron/preload.ts'],
    outfile: join(dist, 'preload.cjs'),
    format: 'cjs',
    sourcemap: false,
  });
  await cp(join(root, 'app/electron/icons'), dist, { recursive: true });
}

async function buildPanel() {
  const configFile = join(root, 'renderer/vite.config.mjs');
  if (!existsSync(configFile)) return;
  const vite = await import('vite');
  await vite.build({ configFile, logLevel: 'warn' });
}

const started = performance.now();
await Promise.all([buildCli(), buildDesktop(), buildPanel()]);
console.log(`bundles: dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
