// DPDK's testpmd, as the front-end that both back-ends serve and as the back-end to be compared with.
import { readFileSync } from 'node:fs';

const MIN_HUGE_PAGES = 512;
let instances = 0;

/** Of every DPDK process here. Without huge pages both legs go without. */
export function memoryArguments() {
  const pages = Number(readFileSync('/proc/sys/vm/nr_hugepages', 'utf8'));
  return pages >= MIN_HUGE_PAGES
    ? ['-m', '256', '--in-memory', '--single-file-segments']
    : ['--no-huge', '-m', '512'];
}

export const eal = (cpu, devices) => [
  '--lcores',
  `0@${cpu},1@${cpu}`,
  '--no-pci',
  '--no-telemetry',
  `--file-prefix=bench${process.pid}-${++instances}`,
  ...memoryArguments(),
  ...devices.flatMap((device) => ['--vdev', device]),
];

export const virtioUser = (socket, { packed = false, index = 0, mac } = {}) =>
  `net_virtio_user${index},path=${socket},queues=1,queue_size=256,packed_vq=${packed ? 1 : 0}` +
  (mac === undefined ? '' : `,mac=${mac}`);

export const vhost = (socket, index = 0) => `net_vhost${index},iface=${socket},queues=1`;

async function start(leg, cpu, devices, words) {
  const child = leg.start('stdbuf', [
    '-oL',
    'dpdk-testpmd',
    ...eal(cpu, devices),
    '--',
    '-i',
    '--no-mlockall',
    '--total-num-mbufs=4096',
    '--mbcache=128',
    ...words,
  ]);
  await child.saw(/testpmd> /);
  return child;
}

/** On CPU 0. */
export const frontEnd = (leg, devices, words) => start(leg, 0, devices, words);
/** On CPU 1, forwarding. */
export async function backEnd(leg, devices, words) {
  const child = await start(leg, 1, devices, words);
  await command(child, 'start');
  return child;
}

/** Types a command; → what was printed until the next prompt. */
export async function command(child, line) {
  const after = child.stdout.length;
  child.write(`${line}\n`);
  return (await child.saw(/testpmd> (?=[^]*|$)/, { after: after + line.length })).input;
}

/** Frames that all ports have sent so far. */
export async function sent(child) {
  const text = await command(child, 'show port stats all');
  return [...text.matchAll(/TX-packets:\s+(\d+)/g)].reduce((sum, match) => sum + Number(match[1]), 0);
}
