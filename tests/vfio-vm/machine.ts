/**
 * The machine with real VFIO: QEMU under TCG with a vIOMMU, the host's root read-only over 9p, and virtio-net
 * functions that the machine's kernel hands to vfio-pci. What runs inside is one Node program; all that comes out is
 * the serial console.
 */
import { build } from 'esbuild';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Child } from '../peers/drivers/children.ts';
import { root, vfioFiles } from '../peers/drivers/manifest.ts';
import { Qmp } from '../peers/drivers/qmp.ts';
import { readRequests } from './host-requests.ts';

const LOOK_MS = 50;

/** Folder of the bundle inside: as deep below the repository as the drivers that it takes from tests/peers. */
const INSIDE = join(root, '.cache/vfio-vm/inside');

/** A virtio-net function of the machine, on a user network of its own whose frames are written to `pcap`. */
export interface Nic {
  /** Of bus 0, hexadecimal with its function: `10.0`. */
  readonly address: string;
  /** Further properties of the device. */
  readonly properties?: string;
}

export interface MachineOptions {
  readonly nics: readonly Nic[];
  /** Without it the kernel has no IOMMU to isolate devices with. */
  readonly iommu?: boolean;
}

/** Bundles `entry` of tests/vfio-vm/inside for Node inside the machine, which has no TypeScript. */
async function bundle(entry: string): Promise<string> {
  mkdirSync(INSIDE, { recursive: true });
  const outfile = join(INSIDE, entry.replace(/\.ts$/, '.mjs'));
  await build({
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'inside', entry)],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    external: ['bufferutil', 'utf-8-validate'],
    banner: {
      js: "import { createRequire as machineRequire } from 'node:module';const require = machineRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
  return outfile;
}

const qmpOf = (bench: Bench): string => bench.path('machine.qmp');

/** Waits for the machine's end and does meanwhile what its console asks for. */
export async function attend(bench: Bench, machine: Child, timeoutMs: number): Promise<void> {
  const qmp = await Qmp.connect(qmpOf(bench), machine);
  let done = 0;
  const serve = setInterval(() => {
    for (const { nic, up } of readRequests(machine.output).slice(done)) {
      done++;
      // What fails is seen by the case, which waits for it.
      qmp.call('set_link', { name: `n${nic}`, up }).catch(() => undefined);
    }
  }, LOOK_MS);
  try {
    await machine.exit(timeoutMs);
  } finally {
    clearInterval(serve);
    qmp.close();
  }
}

export const pcapOf = (bench: Bench, nic: Nic): string => bench.path(`${nic.address}.pcap`);

const nicArguments = (bench: Bench, nic: Nic, position: number): readonly string[] => {
  const id = `n${position}`;
  const properties = nic.properties === undefined ? '' : `,${nic.properties}`;
  return [
    '-netdev',
    // Of the function's own: what one sends the others never see.
    `user,id=${id},net=10.0.${position}.0/24,host=10.0.${position}.1`,
    '-object',
    `filter-dump,id=d${position},netdev=${id},file=${pcapOf(bench, nic)}`,
    '-device',
    `virtio-net-pci,netdev=${id},addr=${nic.address},mac=52:54:00:00:01:0${position},` +
      `disable-legacy=on,iommu_platform=on,ats=on${properties}`,
  ];
};

/** Starts the machine; `entry` begins when its console says `machine: ready`. */
export async function startMachine(bench: Bench, entry: string, options: MachineOptions): Promise<Child> {
  const { binary, image, initramfs } = vfioFiles();
  const script = await bundle(entry);
  const iommu = options.iommu !== false;
  return bench.start('machine', binary, [
    ...['-accel', 'tcg,thread=multi', '-machine', 'q35,kernel-irqchip=split', '-cpu', 'max', '-smp', '2'],
    ...['-m', '1536', '-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-serial', 'stdio', '-monitor', 'none', '-qmp', `unix:${qmpOf(bench)},server=on,wait=off`],
    ...['-kernel', image, '-initrd', initramfs],
    '-append',
    `console=ttyS0 panic=-1 quiet ${iommu ? 'intel_iommu=on ' : ''}tsc=reliable no_timer_check mitigations=off ` +
      `doorbell.folder=${root} doorbell.node=${process.execPath} doorbell.script=${script}`,
    ...(iommu ? ['-device', 'intel-iommu,intremap=on,device-iotlb=on'] : []),
    ...options.nics.flatMap((nic, position) => nicArguments(bench, nic, position)),
    '-fsdev',
    'local,id=root,path=/,security_model=none,readonly=on,multidevs=remap',
    '-device',
    'virtio-9p-pci,fsdev=root,mount_tag=hostroot',
  ]);
}
