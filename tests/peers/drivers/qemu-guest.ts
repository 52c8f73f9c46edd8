/** A Debian kernel with busybox in QEMU, controlled over its serial console. */
import type { Bench, Child } from './children.ts';
import { Console } from './console.ts';
import { qemuFiles } from './manifest.ts';
import { Qmp } from './qmp.ts';
import { baseArguments, linuxArguments, memoryArguments, nicArguments, type NicOptions } from './qemu.ts';

export interface GuestOptions {
  readonly mebibytes?: number;
  readonly cpus?: number;
  /** Replaces the memory arguments (huge pages, several nodes). */
  readonly memory?: readonly string[];
  readonly more?: readonly string[];
}

export class QemuGuest {
  readonly child: Child;
  readonly console: Console;
  readonly #qmpPath: string;
  #qmp: Qmp | undefined;

  private constructor(child: Child, qmpPath: string) {
    this.child = child;
    this.#qmpPath = qmpPath;
    this.console = new Console(child);
  }

  static start(bench: Bench, nic: NicOptions, options: GuestOptions = {}): QemuGuest {
    const qmp = bench.path('qmp');
    const child = bench.start('qemu', qemuFiles().binary, [
      ...baseArguments(),
      ...(options.memory ?? memoryArguments(options.mebibytes ?? 256)),
      '-smp',
      String(options.cpus ?? 1),
      ...linuxArguments(qmp),
      ...nicArguments(nic),
      ...(options.more ?? []),
    ]);
    return new QemuGuest(child, qmp);
  }

  /** A shell command line as an operator copies it, with a kernel to boot added at its end. */
  static byCommandLine(bench: Bench, commandLine: string): QemuGuest {
    const qmp = bench.path('qmp');
    const more = linuxArguments(qmp).map((word) => `'${word}'`);
    return new QemuGuest(bench.start('qemu', 'sh', ['-c', `exec ${commandLine} ${more.join(' ')}`]), qmp);
  }

  async qmp(): Promise<Qmp> {
    this.#qmp ??= await Qmp.connect(this.#qmpPath, this.child);
    return this.#qmp;
  }

  /** Boots and gives the first network interface an address. */
  async boot(address = '10.0.0.2/24'): Promise<void> {
    await this.console.ready();
    await this.configure(address);
  }

  async configure(address = '10.0.0.2/24'): Promise<void> {
    await this.console.must(`ip link set eth0 up && ip addr replace ${address} dev eth0`);
  }

  /** `count` echo requests; → what ping itself counted. */
  async ping(
    target: string,
    count: number,
    intervalSeconds: number,
  ): Promise<{ readonly sent: number; readonly received: number; readonly output: string }> {
    const { output } = await this.console.run(
      `ping -q -c ${count} -i ${intervalSeconds} -W 5 ${target}`,
      20_000 + count * (intervalSeconds * 1000 + 30),
    );
    const counted = /(\d+) packets transmitted, (\d+) packets received/.exec(output);
    return { sent: Number(counted?.[1]), received: Number(counted?.[2]), output };
  }

  /** The sysfs name of the virtio device behind eth0. */
  async virtioDevice(): Promise<string> {
    return (await this.console.must('basename $(readlink /sys/class/net/eth0/device)')).trim();
  }

  async rebind(address?: string): Promise<void> {
    const device = await this.virtioDevice();
    await this.console.must(`echo ${device} > /sys/bus/virtio/drivers/virtio_net/unbind`);
    await this.console.must(`echo ${device} > /sys/bus/virtio/drivers/virtio_net/bind`);
    await this.configure(address);
  }

  async reboot(address?: string): Promise<void> {
    const boots = this.console.boots();
    this.console.post('reboot -f');
    await this.console.ready(boots + 1);
    await this.configure(address);
  }
}
