/** DPDK's testpmd: as a virtio-user front-end under load, or as the net_vhost back-end to check drivers against. */
import type { Bench, Child } from './children.ts';
import { hugePages, testpmdFiles } from './manifest.ts';

export interface PortStatistics {
  readonly received: number;
  readonly sent: number;
  readonly dropped: number;
}

let instances = 0;

/** Of every DPDK process here. */
export const memoryArguments = (): readonly string[] =>
  hugePages >= 256 ? ['-m', '256', '--in-memory', '--single-file-segments'] : ['--no-huge', '-m', '512'];

/** What no other DPDK process on this machine is called. */
export const filePrefix = (): string => `db${process.pid}-${++instances}`;

export class Testpmd {
  readonly child: Child;

  private constructor(bench: Bench, device: string, core: number, forwarding: readonly string[]) {
    this.child = bench.start('testpmd', 'stdbuf', [
      '-oL',
      testpmdFiles().binary,
      '--lcores',
      `0@${core},1@${core}`,
      '--no-pci',
      '--no-telemetry',
      `--file-prefix=${filePrefix()}`,
      ...memoryArguments(),
      '--vdev',
      device,
      '--',
      '-i',
      '--no-mlockall',
      '--total-num-mbufs=4096',
      '--mbcache=128',
      ...forwarding,
    ]);
  }

  /** The front-end; `server`: testpmd listens and the back-end connects. */
  static frontEnd(
    bench: Bench,
    socket: string,
    options: {
      readonly mode: 'txonly' | 'io' | 'rxonly' | 'macswap' | 'flowgen';
      readonly queuePairs?: number;
      readonly packed?: boolean;
      readonly frameSize?: number;
      readonly server?: boolean;
      readonly core?: number;
    },
  ): Testpmd {
    const pairs = options.queuePairs ?? 1;
    return new Testpmd(
      bench,
      `net_virtio_user0,path=${socket},queues=${pairs},queue_size=256,packed_vq=${options.packed === true ? 1 : 0}` +
        (options.server === true ? ',server=1' : ''),
      options.core ?? 0,
      [
        `--forward-mode=${options.mode}`,
        `--txpkts=${options.frameSize ?? 64}`,
        `--rxq=${pairs}`,
        `--txq=${pairs}`,
      ],
    );
  }

  /** A known-good back-end that listens on `socket`. `icmpecho` answers ARP and ping for every address. */
  static backEnd(bench: Bench, socket: string, mode: 'icmpecho' | 'io' | 'rxonly' = 'icmpecho'): Testpmd {
    return new Testpmd(bench, `net_vhost0,iface=${socket},queues=1`, 1, [`--forward-mode=${mode}`]);
  }

  async ready(): Promise<void> {
    await this.child.saw(/testpmd> /, 30_000);
  }

  /** Types a command and waits for the next prompt. */
  async command(line: string, timeoutMs = 15_000): Promise<string> {
    const after = this.child.stdout.length;
    this.child.write(`${line}\n`);
    const seen = await this.child.saw(/testpmd> (?=[^]*|$)/, timeoutMs, after + line.length);
    return seen.input;
  }

  async statistics(): Promise<PortStatistics> {
    const text = await this.command('show port stats 0');
    const count = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(text)?.[1]);
    return { received: count('RX-packets'), sent: count('TX-packets'), dropped: count('TX-errors') };
  }
}
