/**
 * Whether a tray icon would be seen. Electron creates one without complaint where no desktop shows it, and a
 * window hidden behind an invisible icon is lost, so we ask the session bus who hosts such icons.
 */
// eslint-disable-next-line no-restricted-imports -- once, asynchronously, at start
import { execFile } from 'node:child_process';

const QUESTION = [
  'call',
  '--session',
  '--dest=org.freedesktop.DBus',
  '--object-path=/org/freedesktop/DBus',
  '--method=org.freedesktop.DBus.NameHasOwner',
  'org.kde.StatusNotifierWatcher',
];

/** False also where it cannot be found out: then only answers that need no tray are offered. */
export function isTrayAvailable(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('gdbus', QUESTION, { timeout: 1000 }, (error, stdout) =>
      resolve(error === null && stdout.includes('true')),
    );
  });
}
