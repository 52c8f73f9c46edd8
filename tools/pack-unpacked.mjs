// Packs the app as electron-builder would for release, around a stand-in for Electron's binary, and unpacks the
// archive again: the desktop tests then run against exactly the files that a release would carry.
// Prints the folder that holds the unpacked app.
import { build, Platform } from 'electron-builder';
import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const work = join(root, '.cache', 'pack');
const electronDist = join(work, 'electron');
const output = join(work, 'out');
const unpacked = join(work, 'app');

/** The builder flips fuses in the binary: sentinel, version 1, nine fuses, all "removed by default". */
const FUSE_WIRE = Buffer.concat([
  Buffer.from('dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'),
  Buffer.from([1, 9]),
  Buffer.alloc(9, '0'),
]);

await rm(work, { recursive: true, force: true });
await mkdir(join(electronDist, 'resources'), { recursive: true });
await writeFile(join(electronDist, 'electron'), FUSE_WIRE);
await chmod(join(electronDist, 'electron'), 0o755);
const { version } = JSON.parse(await readFile(join(root, 'node_modules/electron/package.json'), 'utf8'));
await writeFile(join(electronDist, 'version'), version);

await build({
  projectDir: root,
  targets: Platform.LINUX.createTarget('dir'),
  config: { extends: join(root, 'electron-builder.yml'), electronDist, directories: { output } },
});

const require = createRequire(createRequire(import.meta.url).resolve('electron-builder'));
const asar = require(require.resolve('@electron/asar', { paths: [root] }));
const resources = join(output, 'linux-unpacked', 'resources');
asar.extractAll(join(resources, 'app.asar'), unpacked);
await cp(join(resources, 'app.asar.unpacked'), unpacked, { recursive: true });
console.log(unpacked);
