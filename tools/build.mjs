// Bundles everything that runs outside the sources: the CLI, the desktop shell's main process and preload,
// and the panel. Each bundle stands alone; only the native addon stays a file of its own, found by walking up
// from the bundle to build/Release.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { performance } from 'node:perf_hooks';
import { surfaceId } from './surface.mjs';

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
  define: { DOORBELL_VERSION: JSON.stringify(version), DOORBELL_SURFACE: JSON.stringify(surfaceId()) },
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

const SOURCES = ['app', 'main', 'renderer', 'package-lock.json', 'tools/build.mjs'];
/** Not in dist/, which is packed whole. */
const STAMP = join(root, 'build/bundles.sha256');

/** Over every file that a bundle may be made of; their tests count too, which only builds once too often. */
async function inputsHash() {
  const hash = createHash('sha256');
  for (const source of SOURCES) {
    const names = source.includes('.') ? [''] : await readdir(join(root, source), { recursive: true });
    for (const name of names.sort()) {
      const path = join(root, source, name);
      if (!(await stat(path)).isFile()) continue;
      hash.update(path);
      hash.update(await readFile(path));
    }
  }
  return hash.digest('hex');
}

const hash = await inputsHash();
const built = await readFile(STAMP, 'utf8').catch(() => null);
if (process.argv.includes('--if-changed') && built === hash && existsSync(join(dist, 'cli.mjs'))) {
  console.log('bundles: up to date');
} else {
  const started = performance.now();
  // A build that is cut short must not look like a finished one.
  await rm(STAMP, { force: true });
  await Promise.all([buildCli(), buildDesktop(), buildPanel()]);
  await mkdir(dirname(STAMP), { recursive: true });
  await writeFile(STAMP, hash);
  console.log(`bundles: dist/ in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
