/** Builds the panel once for all files of this folder, with the very configuration that ships it. */
import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const ROOT = resolve(import.meta.dirname, '../..');
export const PANEL_ROOT = join(ROOT, 'build/panel-under-test');

/** In a process of its own: the test runner's NODE_ENV would make it a development build. */
export default async function buildPanel(): Promise<void> {
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  const config = join(ROOT, 'renderer/vite.config.mjs');
  await promisify(execFile)(
    process.execPath,
    [vite, 'build', '--config', config, '--outDir', PANEL_ROOT, '--logLevel', 'warn'],
    { cwd: ROOT, env: { ...process.env, NODE_ENV: 'production' } },
  );
}
