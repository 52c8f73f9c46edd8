// The kernel of the virtual machine that has a vIOMMU and real VFIO devices: Debian's 6.12, whose virtio-pci is
// built in and whose VFIO still has containers and groups.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../process-group.mjs';
import { must, unpackKernel } from './kernel-package.mjs';

/** In load order; each needs the ones before it. */
const MODULES = [
  'virt/lib/irqbypass.ko',
  'drivers/vfio/vfio.ko',
  'drivers/vfio/vfio_iommu_type1.ko',
  'drivers/vfio/pci/vfio-pci-core.ko',
  'drivers/vfio/pci/vfio-pci.ko',
  'fs/netfs/netfs.ko',
  'net/9p/9pnet.ko',
  'net/9p/9pnet_virtio.ko',
  'fs/9p/9p.ko',
  'fs/overlayfs/overlay.ko',
];
const NAME = /^linux-image-6\.12\.(\d+)\+deb12-amd64$/;

/** The newest of the series that the package lists know. */
async function packageName() {
  const listed = () => run('apt-cache', ['pkgnames', 'linux-image-6.12.']);
  const newest = ({ output }) =>
    output
      .split('\n')
      .filter((name) => NAME.test(name))
      .sort((a, b) => Number(NAME.exec(a)?.[1]) - Number(NAME.exec(b)?.[1]))
      .at(-1);
  let name = newest(await listed());
  if (name === undefined && process.getuid?.() === 0) {
    await run('apt-get', ['update', '-q'], { timeoutSeconds: 300 });
    name = newest(await listed());
  }
  if (name === undefined) throw new Error('the package lists know no linux-image-6.12.N+deb12-amd64');
  return name;
}

function found(folder) {
  const image = join(folder, 'vmlinuz');
  const modules = MODULES.map((_, index) => join(folder, `vfio-${String(index).padStart(2, '0')}.ko`));
  return [image, ...modules].every((path) => existsSync(path)) ? { image, modules } : undefined;
}

async function collect({ image, modules }, into) {
  renameSync(image, join(into, 'vmlinuz'));
  for (const [index, module] of MODULES.entries()) {
    const packed = join(into, `vfio-${String(index).padStart(2, '0')}.ko.xz`);
    writeFileSync(packed, readFileSync(join(modules, `${module}.xz`)));
    must(await run('xz', ['-d', packed]), 'xz');
  }
}

/**
 * Downloads once, then reuses. Throws with the cause where the download is impossible.
 * @returns {Promise<{image: string, modules: string[]}>}
 */
export const prepareVfioKernel = (cache, log) =>
  unpackKernel(cache, { found, name: packageName, collect }, log);
