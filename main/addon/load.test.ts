import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAddon, loadAddon, parseAddon } from './load.ts';

describe('loading the addon', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'doorbell-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const put = (place: string): string => {
    mkdirSync(join(folder, place, 'build/Release'), { recursive: true });
    const path = join(folder, place, 'build/Release/doorbell.node');
    writeFileSync(path, 'no library');
    return path;
  };

  it('finds the built one from the sources', () => {
    expect(loadAddon().io.pageSize()).toBeGreaterThanOrEqual(4096);
  });

  it('finds it at the nearest folder above', () => {
    put('.');
    const nearer = put('inner');

    expect(findAddon(join(folder, 'inner/dist/deep'))).toBe(nearer);
  });

  it('looks beside an archive, where the packager unpacks libraries', () => {
    const path = put('resources/app.asar.unpacked');

    expect(findAddon(join(folder, 'resources/app.asar/dist'))).toBe(path);
  });

  it('says what to do where there is none', () => {
    expect(() => loadAddon(folder)).toThrow('run npm run build:native');
  });

  it('the built one knows which surface it was built for', () => {
    const script = "import('./tools/surface.mjs').then(({ surfaceId }) => console.log(surfaceId()))";
    const now = execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    expect(loadAddon().surface).toBe(now.trim());
  });

  it('refuses one of another surface than what loads it was built for, and says what to do', () => {
    const { io, surface } = loadAddon();
    expect(parseAddon({ io, surface }, 'doorbell.node', surface).io).toBe(io);
    for (const stale of [{ io }, { io, surface: 'of another day' }])
      expect(() => parseAddon(stale, 'doorbell.node', surface)).toThrow(
        'doorbell.node was built from other sources than what loads it: run npm run build:native',
      );
  });

  it('refuses a file that is no library', () => {
    put('.');

    expect(() => loadAddon(folder)).toThrow();
  });
});
