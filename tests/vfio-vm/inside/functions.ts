/** The machine's virtio-net functions, and the driver of each. */
import { readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { carryOut, planBinding } from '../../../app/compose/vfio.ts';
import { loadAddon } from '../../../main/addon/load.ts';
import { Vmm, type VmmOptions } from '../../../main/vmm/vmm.ts';
import type { QueueSnapshot } from '../../../app/contract/snapshot.ts';
import type { Bench } from '../../peers/drivers/children.ts';
import type { Doorbell } from '../../peers/drivers/doorbell.ts';
import { root } from '../../peers/drivers/manifest.ts';

/** A notify page for each queue. */
export const FIRST = '0000:00:10.0';
export const FIRST_MAC = '52:54:00:00:01:00';
/** All queues share one notify page. */
export const SHARED_PAGE = '0000:00:11.0';
/** Like the first, in a group of its own. */
export const SECOND = '0000:00:12.0';
/** Like the second, whose capture is counted: what is sent through this one is not. */
export const THIRD = '0000:00:15.0';
/** Like the first, but it cannot stop one queue alone. */
export const NO_RING_RESET = '0000:00:14.0';
/** Fewer MSI-X vectors than queues. */
export const FEW_VECTORS = '0000:00:13.0';

export const groupOf = (address: string): string =>
  basename(readlinkSync(`/sys/bus/pci/devices/${address}/iommu_group`));

/** A user without privileges. */
export const NOBODY = 65534;

const CLI = join(root, 'dist/cli.mjs');

/** A machine emulated inside an emulated machine on a busy host. */
export const PATIENCE_MS = 30_000;

export const untilPhase = (
  doorbell: Doorbell,
  index: number,
  phase: QueueSnapshot['phase'],
  session = 'vm0',
): Promise<QueueSnapshot> =>
  doorbell.untilQueue(phase, index, (queue) => queue.phase === phase, session, PATIENCE_MS);

type Step = Awaited<ReturnType<Vmm['start']>>;

export function must(step: Step): void {
  if (!step.ok) throw new Error(step.error.message);
}

/**
 * Small enough for every used area to lie within one page: QEMU 7.2 writes the second half of a used entry that
 * crosses a page to a wrong address where an IOMMU translates (address_space_write_cached_slow), which is refused.
 */
const QUEUE_SIZE = 128;

/** A front-end of our own that connected, in this process. */
export async function connectVmm(bench: Bench, socket: string, options: VmmOptions = {}): Promise<Vmm> {
  const vmm = new Vmm(loadAddon(root), { queueSize: QUEUE_SIZE, ...options });
  bench.atEnd(() => {
    vmm.close();
  });
  must(await vmm.connect(socket));
  return vmm;
}

/** `doorbell vfio …`, as an administrator calls it. */
export async function vfio(
  bench: Bench,
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const child = bench.start('doorbell vfio', process.execPath, [CLI, 'vfio', ...words]);
  const { code } = await child.exit(30_000);
  return { code, output: child.output };
}

/** As an administrator does. */
export async function bind(bench: Bench, address: string): Promise<void> {
  const { code, output } = await vfio(bench, ['bind', address, '--yes']);
  if (code !== 0) throw new Error(`vfio bind ${address}: ${output}`);
}

/** The same steps, without the seconds that each start of a program takes in this machine. */
export async function bindQuickly(...addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const plan = await planBinding(address, 'bind');
    const bound = plan.ok ? await carryOut(plan.value) : plan;
    if (!bound.ok) throw new Error(`binding ${address}: ${bound.error}`);
  }
}
