/** Where `tools/peers/prepare.mjs` found the real peers, or why one is missing. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { z } from 'zod';

export const root = resolve(import.meta.dirname, '../../..');

const Missing = z.object({ missing: z.string() });
const part = <T extends z.ZodRawShape>(files: T) => z.union([Missing, z.object(files)]);

const Manifest = z.object({
  hugePages: z.number(),
  parts: z.object({
    qemu: part({ binary: z.string(), vmlinux: z.string(), initramfs: z.string() }),
    vfio: part({ binary: z.string(), image: z.string(), initramfs: z.string() }),
    uml: part({ binary: z.string(), initramfs: z.string() }),
    testpmd: part({ binary: z.string(), echoCheck: z.string() }),
    chromium: part({ binary: z.string() }),
  }),
});

const manifest = Manifest.parse(JSON.parse(readFileSync(join(root, '.cache/peers/peers.json'), 'utf8')));

export type Part = keyof typeof manifest.parts;

/** Pages of 2 MiB on this machine. */
export const hugePages = manifest.hugePages;

/** For `describe.skipIf`: and the reason belongs in the title, as `skipped: <part>`. */
export const isMissing = (name: Part): boolean => 'missing' in manifest.parts[name];

/** A title that says what a reader of the report needs to know about a skip. */
export const titled = (title: string, name: Part): string =>
  isMissing(name) ? `${title} (skipped: ${name})` : title;

function present<T extends object>(name: string, files: T): Exclude<T, z.infer<typeof Missing>> {
  if (isPresent(files)) return files;
  throw new Error(`${name} is missing: ${JSON.stringify(files)}`);
}

function isPresent<T extends object>(files: T): files is Exclude<T, z.infer<typeof Missing>> {
  return !('missing' in files);
}

export const qemuFiles = () => present('qemu', manifest.parts.qemu);
export const vfioFiles = () => present('vfio', manifest.parts.vfio);
export const umlFiles = () => present('uml', manifest.parts.uml);
export const testpmdFiles = () => present('testpmd', manifest.parts.testpmd);
export const chromiumFiles = () => present('chromium', manifest.parts.chromium);
