/** A Debian kernel with busybox in QEMU, controlled over its serial console. */
import type { Bench, Child } from './children.ts';
import { Console } from './console.ts';
import { qemuFiles } from './manifest.ts';
import { Qmp } from './qmp.ts';
import { until } from './wait.ts';
import { baseArguments, linuxArguments, memoryArguments, nicArguments, type NicOptions } from './qemu.ts';

export interface GuestOptions {
  /** Tells several machines of one test apart. */
  readonly name?: string;
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
    const name = options.name ?? 'qemu';
    const qmp = bench.path(`${name}.qmp`);
    const child = bench.start(name, qemuFiles().binary, [
      ...baseArguments(),
      ...(options.memory ?? memoryArguments(options.mebibytes ?? 256)),
      '-smp',
      String(options.cpus ?? 1),
      ...linuxArguments(qmp),
      ...nicArguments(nic),
      ...(options.more ?? []),
    ]);
    const guest = new QemuGuest(child, qmp);
    bench.witness(() => guest.console.must('ip -s link; ip neigh; grep -i virtio /proc/interrupts', 5000));
    return guest;
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

  /**
   * `count` echo requests; → what the guest's kernel counted. (ping itself gives up a second after its last request,
   * however long the host kept the guest from running.)
   */
  async ping(
    target: string,
    count: number,
    intervalSeconds: number,
  ): Promise<{ readonly sent: number; readonly received: number }> {
    const before = await this.#echoes();
    await this.console.run(
      `ping -q -c ${count} -i ${intervalSeconds} -W 5 ${target}`,
      30_000 + count * (intervalSeconds * 1000 + 60),
    );
    const counted = async () => {
      const now = await this.#echoes();
      return { sent: now.sent - before.sent, received: now.received - before.received };
    };
    await until('every echo is answered', async () => {
      const { sent, received } = await counted();
      return received >= sent;
    }).catch(() => undefined);
    return counted();
  }

  /** The kernel's counts of echo requests sent and replies received. */
  async #echoes(): Promise<{ readonly sent: number; readonly received: number }> {
    const [names, values] = (await this.console.must('grep ^Icmp: /proc/net/snmp'))
      .split('\n')
      .map((line) => line.trim().split(' '));
    const count = (name: string): number => Number(values?.[names?.indexOf(name) ?? -1]);
    return { sent: count('OutEchos'), received: count('InEchoReps') };
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
