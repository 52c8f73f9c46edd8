/**
 * The only loader of the .node file. It is found by walking up from this module (sources under vitest,
 * `dist/*.mjs`, a bundle inside Electron's app.asar) to the first folder that holds `build/Release/doorbell.node`.
 */
// At start, before any peer is served.
// eslint-disable-next-line no-restricted-syntax
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Addon } from './surface.ts';

/** Set where the sources are bundled. */
declare const DOORBELL_SURFACE: string | undefined;
/** Null where this runs from the sources: whoever changes them builds the addon from them too. */
const SURFACE = typeof DOORBELL_SURFACE === 'string' ? DOORBELL_SURFACE : null;

const ADDON = join('build', 'Release', 'doorbell.node');
/** `from` and every folder above it, nearest first. */
function* foldersUp(from: string): Generator<string> {
  for (let folder = from; ; folder = dirname(folder)) {
    yield folder;
    if (folder === dirname(folder)) return;
  }
}

/** An archive is no place to load a library from: the packager puts it beside, under the same path. */
const unpacked = (path: string): string => path.replace(/app\.asar(?=[/\\])/, 'app.asar.unpacked');

export function findAddon(from: string): string | null {
  for (const folder of foldersUp(from)) {
    const path = unpacked(join(folder, ADDON));
    if (existsSync(path)) return path;
  }
  return null;
}

/**
 * The one parse boundary of the addon: from here on it is the typed surface. `surface`: the one that the caller was built
 * for, or null for whichever it is. Throws for another one, which would fail much later and say nothing of why.
 */
export function parseAddon(loaded: unknown, path: string, surface: string | null): Addon {
  const io: unknown = typeof loaded === 'object' && loaded !== null ? Reflect.get(loaded, 'io') : undefined;
  if (typeof io !== 'object' || io === null)
    throw new Error(`${path} is not Doorbell's addon: run npm run build:native`);
  if (surface !== null && Reflect.get(loaded as object, 'surface') !== surface)
    throw new Error(
      `${path} was built from other sources than what loads it: run npm run build:native and npm run build`,
    );
  // The surface is implemented in C++, where TypeScript cannot see it; tests beside this file hold it to it.
  return loaded as Addon;
}

/**
 * Loads the addon. Throws where it cannot work: on another system than Linux, not built, or built from other
 * sources. Repeated calls answer the same addon; a worker thread gets one of its own.
 */
export function loadAddon(from: string = dirname(fileURLToPath(import.meta.url))): Addon {
  if (process.platform !== 'linux')
    throw new Error(`Doorbell runs on Linux only (vhost-user, eventfd, memfd); this is ${process.platform}`);
  const path = findAddon(from);
  if (path === null)
    throw new Error(`no ${ADDON} at or above ${from}: run npm run build:native (needs g++, make, python3)`);
  return parseAddon(createRequire(import.meta.url)(path), path, SURFACE);
}
