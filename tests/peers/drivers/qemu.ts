/** How the tests start QEMU as a vhost-user front-end, with or without a guest. */
import { writeFileSync } from 'node:fs';
import type { Bench, Child } from './children.ts';
import { qemuFiles } from './manifest.ts';

export interface NicOptions {
  /** A vhost-user socket; null gives QEMU's own user network, with no back-end at all. */
  readonly socket: string | null;
  readonly pagePerVq?: boolean;
  /** QEMU listens and the back-end connects. */
  readonly server?: boolean;
  readonly queuePairs?: number;
  /** 52:54:00:00:00:01 unless given: two guests on one switch need two. */
  readonly mac?: string;
  /** Further properties of the device. */
  readonly device?: string;
}

/** Guest memory: shared, since the back-end maps it. */
export function memoryArguments(mebibytes: number): readonly string[] {
  return [
    '-m',
    `${mebibytes},slots=4,maxmem=16G`,
    '-object',
    `memory-backend-memfd,id=mem0,size=${mebibytes}M,share=on`,
    '-numa',
    'node,memdev=mem0',
  ];
}

export function nicArguments(options: NicOptions, id = 'n0', slot = 5): readonly string[] {
  const pairs = options.queuePairs ?? 1;
  const properties = [
    'virtio-net-pci',
    `netdev=${id}`,
    `id=nic-${id}`,
    `addr=${slot}`,
    `mac=${options.mac ?? '52:54:00:00:00:01'}`,
    'disable-legacy=on',
    `page-per-vq=${options.pagePerVq === false ? 'off' : 'on'}`,
    // QEMU 7.2 with TCG, vhost-user and MSI-X ends in a segmentation fault at DRIVER_OK.
    'vectors=0',
    ...(pairs > 1 ? ['mq=on'] : []),
    ...(options.device === undefined ? [] : [options.device]),
  ].join(',');
  if (options.socket === null) return ['-netdev', `user,id=${id}`, '-device', properties];
  return [
    '-chardev',
    `socket,id=c-${id},path=${options.socket}${options.server === true ? ',server=on,wait=on' : ''}`,
    '-netdev',
    `vhost-user,id=${id},chardev=c-${id}${pairs > 1 ? `,queues=${pairs}` : ''}`,
    '-device',
    properties,
  ];
}

/** Never `kvm` by detection: /dev/kvm may exist and still be useless. */
const ANY_MACHINE = ['-nodefaults', '-no-user-config', '-display', 'none', '-accel', 'tcg'];
const BASE = [...ANY_MACHINE, '-M', 'pc'];

export interface QemuSockets {
  readonly qmp: string;
  readonly qtest: string;
}

export interface MachineOptions {
  readonly mebibytes?: number;
  /** Replaces the memory arguments. */
  readonly memory?: readonly string[];
  /** A q35 machine with an intel-iommu, which starts switched off. */
  readonly iommu?: boolean;
}

const IOMMU = ['-M', 'q35,kernel-irqchip=split', '-device', 'intel-iommu,device-iotlb=on'];

/** A machine whose CPU halts at its first instruction; the test takes its place through qtest. */
export function startQtestQemu(
  bench: Bench,
  nic: NicOptions,
  machine: MachineOptions = {},
): { readonly child: Child; readonly sockets: QemuSockets } {
  // cli; hlt; jmp -3 at the reset vector, hlt everywhere else.
  const rom = Buffer.alloc(64 * 1024, 0xf4);
  rom.set([0xfa, 0xf4, 0xeb, 0xfd], 0xfff0);
  writeFileSync(bench.path('halt.rom'), rom);
  const sockets = { qmp: bench.path('qmp'), qtest: bench.path('qtest') };
  const child = bench.start('qemu', qemuFiles().binary, [
    ...(machine.iommu === true ? [...ANY_MACHINE, ...IOMMU] : BASE),
    ...(machine.memory ?? memoryArguments(machine.mebibytes ?? 64)),
    '-bios',
    bench.path('halt.rom'),
    '-qmp',
    `unix:${sockets.qmp},server=on,wait=off`,
    '-qtest',
    `unix:${sockets.qtest},server=on,wait=off`,
    '-qtest-log',
    'none',
    ...nicArguments(nic),
  ]);
  return { child, sockets };
}

const KERNEL_ARGUMENTS =
  'console=ttyS0 quiet panic=-1 tsc=reliable nokaslr mitigations=off no_timer_check ' +
  'rcupdate.rcu_expedited=1 cryptomgr.notests random.trust_cpu=on selinux=0 apparmor=0 audit=0 8250.nr_uarts=1';

/** The parts of a Linux guest that do not concern its network. */
export function linuxArguments(qmp: string): readonly string[] {
  const { vmlinux, initramfs } = qemuFiles();
  return [
    '-bios',
    'qboot.rom',
    '-cpu',
    'max',
    '-serial',
    'stdio',
    '-monitor',
    'none',
    '-qmp',
    `unix:${qmp},server=on,wait=off`,
    '-kernel',
    vmlinux,
    '-initrd',
    initramfs,
    '-append',
    KERNEL_ARGUMENTS,
  ];
}

export const baseArguments = (): readonly string[] => BASE;
