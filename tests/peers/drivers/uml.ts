/** User-mode Linux: a real Linux kernel as a process, with its own vhost-user front-end. */
import type { Bench, Child } from './children.ts';
import { Console } from './console.ts';
import { umlFiles } from './manifest.ts';

export class UmlGuest {
  readonly child: Child;
  readonly console: Console;

  /** `sockets`: one virtio-net device each. */
  constructor(bench: Bench, sockets: readonly string[], kernelArguments: readonly string[] = []) {
    const { binary, initramfs } = umlFiles();
    this.child = bench.start(
      'uml',
      binary,
      [
        'mem=64M',
        `initrd=${initramfs}`,
        ...sockets.map((socket) => `virtio_uml.device=${socket}:1`),
        ...kernelArguments,
        'con=null',
        'con0=fd:0,fd:1',
        'quiet',
        'panic=-1',
      ],
      // Its management socket lives with the test, its memory on a tmpfs.
      { HOME: bench.directory, TMPDIR: '/dev/shm' },
    );
    this.console = new Console(this.child);
  }

  async boot(address = '10.0.0.3/24'): Promise<void> {
    await this.console.ready();
    await this.console.must(`ip link set eth0 up && ip addr replace ${address} dev eth0`);
  }
}
