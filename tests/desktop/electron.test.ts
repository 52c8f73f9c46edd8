/**
 * The real Electron, where it can run: its own start-up, the addon inside its own Node, the window's first load.
 * Everything else about the shell is shown under the stand-in, which every machine has.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const BINARY = join(REPOSITORY, 'node_modules/electron/dist/electron');

/** What this machine lacks. Nothing is installed for it: the binary is a download of Electron's own. */
function missing(): string | null {
  if (!existsSync(BINARY)) return "Electron's binary (node node_modules/electron/install.js downloads it)";
  if (process.env['DISPLAY'] === undefined && process.env['WAYLAND_DISPLAY'] === undefined)
    return 'a display (DISPLAY or WAYLAND_DISPLAY)';
  if (process.getuid?.() === 0) return 'a user other than root, as whom Electron has no sandbox';
  return null;
}

const lack = missing();

describe.skipIf(lack !== null)(lack === null ? 'real Electron' : `skipped: ${lack}`, () => {
  test('it starts, loads the addon, shows the panel, and ends within 2 s of SIGTERM', async () => {
    const home = await mkdtemp(join(tmpdir(), 'doorbell-electron-'));
    const electron = spawn(BINARY, [REPOSITORY], {
      env: { ...process.env, XDG_RUNTIME_DIR: home, XDG_CONFIG_HOME: join(home, 'config') },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise<void>((ready, failed) => {
        let said = '';
        electron.stdout.on('data', (chunk: Buffer) => {
          said += chunk.toString();
          if (said.includes('doorbell: window ready')) ready();
        });
        electron.once('exit', (code) => failed(new Error(`Electron ended with ${String(code)}: ${said}`)));
      });
      const exited = new Promise<number>((resolveExit) =>
        electron.once('exit', () => resolveExit(Date.now())),
      );
      const told = Date.now();
      electron.kill('SIGTERM');
      expect((await exited) - told).toBeLessThan(2000);
    } finally {
      electron.kill('SIGKILL');
      await rm(home, { recursive: true, force: true });
    }
  });
});
