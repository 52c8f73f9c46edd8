/**
 * Front-ends without virtual machines, one per socket, each with a simulated guest. Prints one JSON line when all are
 * served, with the milliseconds from connecting to the first frame that came back, one per front-end in
 * order and one for all; then stays until it is killed.
 *
 *   front-ends.ts PAIRS together|in-turn SOCKET…
 */
import { loadAddon } from '../../main/addon/load.ts';
import { GUEST_SAMPLE_FIELDS } from '../../main/addon/surface.ts';
import { DRIVER_FEATURES } from '../../main/vmm/config.ts';
import { Vmm } from '../../main/vmm/vmm.ts';
import { virtioMask } from '../../main/wire/virtio-features.ts';

const [pairs, order, ...sockets] = process.argv.slice(2);
const addon = loadAddon();
// Without mergeable buffers net_vhost leaves num_buffers at 0, where virtio 1.2 §5.1.6.4.1 wants a 1, and the simulated
// driver takes no frame of it. The drivers of Linux and DPDK negotiate them as well.
const virtioFeatures = DRIVER_FEATURES | virtioMask('NET_F_MRG_RXBUF');
const RECEIVED = GUEST_SAMPLE_FIELDS.indexOf('received');

async function firstFrame(vmm: Vmm, socket: string): Promise<number> {
  const began = performance.now();
  for (const outcome of [await vmm.connect(socket), await vmm.start()])
    if (!outcome.ok) throw new Error(`${socket}: ${outcome.error.message}`);
  vmm.guest?.run({ kind: 'ping', rate: 10_000 });
  while ((vmm.guest?.sample()[RECEIVED] ?? 0) === 0) await new Promise((resolve) => setImmediate(resolve));
  vmm.guest?.run({ kind: 'none' });
  return performance.now() - began;
}

const vmms = sockets.map(() => new Vmm(addon, { queuePairs: Number(pairs), queueSize: 64, virtioFeatures }));
const start = (vmm: Vmm, i: number): Promise<number> => firstFrame(vmm, sockets[i] ?? '');
const began = performance.now();
const each: number[] = [];
if (order === 'together') each.push(...(await Promise.all(vmms.map(start))));
else for (const [i, vmm] of vmms.entries()) each.push(await start(vmm, i));
console.log(JSON.stringify({ each, all: performance.now() - began }));
setInterval(() => undefined, 1_000_000);
