// The Electron window, or why there is none. Electron's binary comes with a download of its own at first use;
// whether it then starts depends on the machine (display, sandbox), so only its own ready line counts.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { clearInterval, clearTimeout, setInterval, setTimeout } from 'node:timers';
import { run } from '../process-group.mjs';

const root = resolve(import.meta.dirname, '../..');
const electron = join(root, 'node_modules/electron');
const DOWNLOAD_SECONDS = 120;
const READY_SECONDS = 15;
/** Printed by the main process once the panel has loaded. */
const READY = 'doorbell: window ready';

const hasDisplay = () => Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

async function binary(log) {
  const path = join(electron, 'dist/electron');
  if (existsSync(path)) return path;
  const began = Date.now();
  log(`downloading Electron, at most ${DOWNLOAD_SECONDS} s (--browser does without)`);
  const pulse = setInterval(() => log(`downloading … ${Math.round((Date.now() - began) / 1000)} s`), 10_000);
  const { code, output, timedOut } = await run(process.execPath, [join(electron, 'install.js')], {
    timeoutSeconds: DOWNLOAD_SECONDS,
  });
  clearInterval(pulse);
  if (existsSync(path)) return path;
  if (timedOut) throw new Error(`its download took longer than ${DOWNLOAD_SECONDS} s`);
  throw new Error(
    `its download failed (${code}): ${/(?:Error|error):? (.*)/.exec(output)?.[1] ?? 'no reason given'}`,
  );
}

/** @returns {Promise<{ended: Promise<void>} | {why: string}>} */
export async function openWindow(log) {
  if (!hasDisplay())
    return { why: 'this machine has no display (neither DISPLAY nor WAYLAND_DISPLAY is set)' };
  let path;
  try {
    path = await binary(log);
  } catch (error) {
    return { why: error.message };
  }
  return new Promise((answer) => {
    let text = '';
    const giveUp = new AbortController();
    const timer = setTimeout(() => {
      answer({ why: `Electron was not ready after ${READY_SECONDS} s` });
      giveUp.abort();
    }, READY_SECONDS * 1000);
    const ended = run(path, [root, '--lab'], {
      signal: giveUp.signal,
      onOutput(chunk) {
        text += chunk;
        if (!text.includes(READY)) return;
        clearTimeout(timer);
        answer({ ended });
      },
    }).then(({ code }) => {
      clearTimeout(timer);
      const said = text.split('\n').find((line) => /sandbox|cannot|error|failed/i.test(line)) ?? text.trim();
      answer({ why: `Electron ended with code ${code}: ${said}` });
    });
  });
}
