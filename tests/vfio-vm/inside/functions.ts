/** The machine's virtio-net functions, and the driver of each. */
import type { Bench } from '../../peers/drivers/children.ts';
import { join } from 'node:path';
import { root } from '../../peers/drivers/manifest.ts';

/** A notify page for each queue. */
export const FIRST = '0000:00:10.0';
/** All queues share one notify page. */
export const SHARED_PAGE = '0000:00:11.0';
/** Like the first, in a group of its own. */
export const SECOND = '0000:00:12.0';
/** Fewer MSI-X vectors than queues. */
export const FEW_VECTORS = '0000:00:13.0';

const CLI = join(root, 'dist/cli.mjs');

/** `doorbell vfio …`, as an administrator calls it. */
export async function vfio(
  bench: Bench,
  words: readonly string[],
  prefix: readonly string[] = [],
): Promise<{ readonly code: number | null; readonly output: string }> {
  const [command = '', ...rest] = [...prefix, process.execPath, CLI, 'vfio', ...words];
  const child = bench.start('doorbell vfio', command, rest);
  const { code } = await child.exit(30_000);
  return { code, output: child.output };
}

export async function bind(bench: Bench, ...addresses: readonly string[]): Promise<void> {
  for (const address of addresses) {
    const { code, output } = await vfio(bench, ['bind', address, '--yes']);
    if (code !== 0) throw new Error(`vfio bind ${address}: ${output}`);
  }
}
