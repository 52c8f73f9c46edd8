// The guest kernel of the QEMU tests: Debian's, downloaded as a package and unpacked without installing it.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process-group.mjs';

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

const must = ({ code, output }, what) => {
  if (code !== 0) throw new Error(`${what}: ${output.trim().split('\n').slice(-3).join(' | ')}`);
  return output;
};

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

/**
 * Downloads once, then reuses. Throws with the cause where the download is impossible.
 * @returns {Promise<{vmlinux: string, modules: string[]}>}
 */
export async function prepareKernel(cache, log) {
  mkdirSync(cache, { recursive: true });
  for (const name of readdirSync(cache)) {
    const reused = name.startsWith('linux-image-') ? found(join(cache, name)) : undefined;
    if (reused !== undefined) return reused;
  }
  const name = await packageName();
  const scratch = join(cache, `scratch-${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    log(`downloading ${name}`);
    const options = process.getuid?.() === 0 ? ['-o', 'APT::Sandbox::User=root'] : [];
    const download = () =>
      run('apt-get', [...options, 'download', name], { cwd: scratch, timeoutSeconds: 600 });
    let got = await download();
    if (got.code !== 0 && process.getuid?.() === 0) {
      await run('apt-get', ['update', '-q'], { timeoutSeconds: 300 });
      got = await download();
    }
    must(got, 'apt-get download');
    const archive = readdirSync(scratch).find((file) => file.endsWith('.deb'));
    must(await run('dpkg', ['-x', archive, 'tree'], { cwd: scratch }), 'dpkg -x');
    const release = name.slice('linux-image-'.length);
    const ready = join(scratch, 'ready');
    mkdirSync(ready);
    await extractVmlinux(join(scratch, 'tree/boot', `vmlinuz-${release}`), join(ready, 'vmlinux'));
    const tree = join(scratch, 'tree/lib/modules', release, 'kernel');
    for (const [index, module] of MODULES.entries())
      renameSync(join(tree, module), join(ready, `${index}.ko`));
    const folder = join(cache, name);
    rmSync(folder, { recursive: true, force: true });
    renameSync(ready, folder);
    return found(folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
