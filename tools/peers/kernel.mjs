// The guest kernel of the QEMU tests: the one that Debian's metapackage depends on.
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process-group.mjs';
import { must, unpackKernel } from './kernel-package.mjs';

/** In load order; each needs the ones before it. */
const MODULES = [
  'drivers/virtio/virtio_ring.ko',
  'drivers/virtio/virtio.ko',
  'drivers/virtio/virtio_pci_modern_dev.ko',
  'drivers/virtio/virtio_pci_legacy_dev.ko',
  'drivers/virtio/virtio_pci.ko',
  'net/core/failover.ko',
  'drivers/net/net_failover.ko',
  'drivers/net/virtio_net.ko',
];

/** The package that the metapackage depends on today. */
async function packageName() {
  const depends = must(await run('apt-cache', ['depends', 'linux-image-amd64']), 'apt-cache');
  const name = /Depends: (linux-image-[\w.+-]+-amd64)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('linux-image-amd64 names no kernel package');
  return name;
}

/**
 * The uncompressed ELF kernel inside a bzImage: it has a PVH entry, which QEMU starts without any firmware
 * unpacking it. Boot protocol: setup_sects at 0x1f1, payload_offset at 0x248, payload_length at 0x24c; the
 * payload ends with its uncompressed size, which is no part of the xz stream.
 */
async function extractVmlinux(image, target) {
  const bytes = readFileSync(image);
  const setupSectors = bytes.readUInt8(0x1f1) || 4;
  const start = (setupSectors + 1) * 512 + bytes.readUInt32LE(0x248);
  const packed = `${target}.xz`;
  writeFileSync(packed, bytes.subarray(start, start + bytes.readUInt32LE(0x24c) - 4));
  must(await run('xz', ['-dfk', packed]), 'xz');
  rmSync(packed);
}

function found(folder) {
  const vmlinux = join(folder, 'vmlinux');
  const modules = MODULES.map((_, index) => join(folder, `${index}.ko`));
  return [vmlinux, ...modules].every((path) => existsSync(path)) ? { vmlinux, modules } : undefined;
}

async function collect({ image, modules }, into) {
  await extractVmlinux(image, join(into, 'vmlinux'));
  for (const [index, module] of MODULES.entries())
    renameSync(join(modules, module), join(into, `${index}.ko`));
}

/**
 * Downloads once, then reuses. Throws with the cause where the download is impossible.
 * @returns {Promise<{vmlinux: string, modules: string[]}>}
 */
export const prepareKernel = (cache, log) => unpackKernel(cache, { found, name: packageName, collect }, log);
