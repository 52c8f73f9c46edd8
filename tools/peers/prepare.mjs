// Prepares the real peers that the tests run against and writes down where they are. Run alone:
//   node tools/peers/prepare.mjs
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { buildEchoCheck } from './echo-check.mjs';
import { buildInitramfs } from './initramfs.mjs';
import { prepareKernel } from './kernel.mjs';
import { installPackages } from './packages.mjs';
import { prepareVfioKernel } from './vfio-kernel.mjs';

const root = resolve(import.meta.dirname, '../..');
const cache = join(root, '.cache/peers');
/** What the tests read: part → its files, or why it is missing. */
const MANIFEST = join(cache, 'peers.json');

const UML_MODULES = ['net/core/failover.ko', 'drivers/net/net_failover.ko', 'drivers/net/virtio_net.ko'];
const HUGE_PAGES = '/proc/sys/vm/nr_hugepages';
/** 2 MiB each: one small guest and testpmd without falling back to 4 KiB pages. */
const HUGE_PAGES_WANTED = 512;

async function qemu(log) {
  const { vmlinux, modules } = await prepareKernel(cache, log);
  const initramfs = join(cache, 'qemu.cpio');
  await buildInitramfs(initramfs, modules, 'guest-init.sh');
  return { binary: '/usr/bin/qemu-system-x86_64', vmlinux, initramfs };
}

async function vfio(log) {
  const { image, modules } = await prepareVfioKernel(cache, log);
  const initramfs = join(cache, 'vfio.cpio');
  await buildInitramfs(initramfs, modules, 'vfio-init.sh');
  return { binary: '/usr/bin/qemu-system-x86_64', image, initramfs };
}

async function uml() {
  const [release] = readdirSync('/usr/lib/uml/modules');
  const initramfs = join(cache, 'uml.cpio');
  const tree = join('/usr/lib/uml/modules', release, 'kernel');
  await buildInitramfs(
    initramfs,
    UML_MODULES.map((module) => join(tree, module)),
    'guest-init.sh',
  );
  return { binary: '/usr/bin/linux.uml', initramfs };
}

/** Pages of 2 MiB that are there, raised where that is ours to do. */
export function hugePages() {
  if (!existsSync(HUGE_PAGES)) return 0;
  const have = () => Number(readFileSync(HUGE_PAGES, 'utf8'));
  if (have() < HUGE_PAGES_WANTED && process.getuid?.() === 0) {
    try {
      writeFileSync(HUGE_PAGES, String(HUGE_PAGES_WANTED));
    } catch {
      // A container may forbid it; the tests that need huge pages then say so.
    }
  }
  return have();
}

const PARTS = {
  qemu,
  vfio,
  uml,
  testpmd: async () => ({ binary: '/usr/bin/dpdk-testpmd', echoCheck: await buildEchoCheck(cache) }),
  chromium: async () => ({ binary: '/usr/bin/chromium' }),
};

/**
 * @returns {Promise<{missing: {part: string, reason: string}[]}>} parts whose tests will be skipped
 */
export async function preparePeers(log) {
  mkdirSync(cache, { recursive: true });
  const absent = await installPackages(log);
  const manifest = { hugePages: hugePages(), parts: {} };
  for (const [part, prepare] of Object.entries(PARTS)) {
    if (part in absent) {
      manifest.parts[part] = { missing: `packages ${absent[part].join(' ')}` };
      continue;
    }
    try {
      manifest.parts[part] = await prepare(log);
    } catch (error) {
      manifest.parts[part] = { missing: error.message };
      log(`${part}: ${error.message}`);
    }
  }
  writeFileSync(MANIFEST, `${JSON.stringify(manifest, null, 2)}\n`);
  return {
    missing: Object.entries(manifest.parts)
      .filter(([, files]) => 'missing' in files)
      .map(([part, files]) => ({ part, reason: files.missing })),
  };
}

if (process.argv[1] === import.meta.filename) {
  const { missing } = await preparePeers((line) => console.log(`peers: ${line}`));
  for (const { part, reason } of missing) console.log(`peers: skipped: ${part} (${reason})`);
  console.log('peers: ready');
}
