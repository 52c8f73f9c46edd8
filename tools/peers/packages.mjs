// The Debian packages that the real peers of the tests come from.
import { run } from '../process-group.mjs';

/** part of the tests → the packages that it needs. */
export const PACKAGES = {
  qemu: ['qemu-system-x86', 'busybox-static', 'xz-utils', 'ethtool'],
  vfio: ['qemu-system-x86', 'busybox-static', 'xz-utils'],
  uml: ['user-mode-linux', 'busybox-static'],
  testpmd: [
    'dpdk',
    'dpdk-dev',
    'libdpdk-dev',
    'pkg-config',
    'librte-net-vhost23',
    'librte-net-virtio23',
    'librte-bus-vdev23',
    'librte-mempool-ring23',
  ],
  chromium: ['chromium'],
  instructions: ['valgrind'],
};

/** The names among `packages` that dpkg does not know as installed. */
async function missing(packages) {
  const { output } = await run('dpkg-query', ['-W', '-f', '${Package} ${Status}\n', ...packages]);
  const installed = new Set(
    output
      .split('\n')
      .filter((line) => line.endsWith(' install ok installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !installed.has(name));
}

async function isDebian() {
  return (await run('dpkg', ['--version'])).code === 0 && (await run('apt-get', ['--version'])).code === 0;
}

function aptInstall(packages) {
  return run(
    'apt-get',
    ['-o', 'DPkg::Lock::Timeout=600', 'install', '-y', '-q', '--no-install-recommends', ...packages],
    { env: { DEBIAN_FRONTEND: 'noninteractive' }, timeoutSeconds: 900 },
  );
}

/**
 * Installs what is missing where that is ours to do: as root on Debian. Elsewhere prints the one line that
 * does it and leaves the system alone.
 * @returns {Promise<Record<string, string[]>>} part → packages that are still missing
 */
export async function installPackages(log) {
  const all = [...new Set(Object.values(PACKAGES).flat())];
  if (!(await isDebian())) {
    log(`this is not a Debian system; the peers need what Debian calls: ${all.join(' ')}`);
    return PACKAGES;
  }
  let absent = await missing(all);
  if (absent.length > 0 && process.getuid?.() === 0) {
    log(`installing ${absent.join(' ')}`);
    let installed = await aptInstall(absent);
    if (installed.code !== 0) {
      await run('apt-get', ['update', '-q'], { timeoutSeconds: 300 });
      installed = await aptInstall(absent);
    }
    if (installed.code !== 0) log(`apt-get failed:\n${installed.output.slice(-2000)}`);
    absent = await missing(all);
  }
  if (absent.length > 0) log(`missing; as root: apt-get install --no-install-recommends ${absent.join(' ')}`);
  return Object.fromEntries(
    Object.entries(PACKAGES)
      .map(([part, packages]) => [part, packages.filter((name) => absent.includes(name))])
      .filter(([, packages]) => packages.length > 0),
  );
}
