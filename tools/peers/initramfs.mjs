// Builds the root of a test machine: busybox, drivers in load order, ethtool and an init of ours.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cpio } from './cpio.mjs';
import { run } from '../process-group.mjs';

const BUSYBOX = '/bin/busybox';
const ETHTOOL = '/usr/sbin/ethtool';

/** A dynamically linked program with every library that its loader names. */
async function program(path, target) {
  const { output } = await run('ldd', [path]);
  const libraries = [...output.matchAll(/(\/[^\s()]+) \(0x/g)].map((match) => match[1]);
  return [
    { path: target, file: readFileSync(path) },
    ...libraries.map((library) => ({ path: library.slice(1), file: readFileSync(library) })),
  ];
}

/**
 * @param {string} target the archive to write
 * @param {readonly string[]} modules kernel module files, in load order
 * @param {string} init a script of this folder
 */
export async function buildInitramfs(target, modules, init) {
  const { output } = await run(BUSYBOX, ['--list']);
  const applets = output.split('\n').filter((name) => /^[\w.[-]+$/.test(name) && name !== 'busybox');
  const archive = cpio([
    { path: 'init', file: readFileSync(join(import.meta.dirname, init)) },
    { path: 'bin/busybox', file: readFileSync(BUSYBOX) },
    ...applets.map((name) => ({ path: `bin/${name}`, link: 'busybox' })),
    // The kernel opens it for init before devtmpfs can be mounted.
    { path: 'dev/console', device: [5, 1] },
    ...['proc/.keep', 'sys/.keep', 'tmp/.keep'].map((path) => ({ path, file: Buffer.alloc(0) })),
    ...modules.map((module, index) => ({
      path: `modules/${String(index).padStart(2, '0')}.ko`,
      file: readFileSync(module),
    })),
    ...(existsSync(ETHTOOL) ? await program(ETHTOOL, 'bin/ethtool') : []),
  ]);
  if (existsSync(target) && readFileSync(target).equals(archive)) return;
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, archive);
}
