/** QEMU's storage daemon: a vhost-user-blk back-end of another making. */
import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import type { Bench, Child } from './children.ts';
import { until } from './wait.ts';

const DISK_BYTES = 0x10_0000;

/** Serves an empty disk on `socket`; resolves when it listens. */
export async function startStorageDaemon(bench: Bench, socket: string): Promise<Child> {
  const disk = bench.path('disk.raw');
  writeFileSync(disk, '');
  truncateSync(disk, DISK_BYTES);
  const child = bench.start('qemu-storage-daemon', 'qemu-storage-daemon', [
    '--blockdev',
    `driver=file,node-name=disk,filename=${disk}`,
    '--export',
    `type=vhost-user-blk,id=e,addr.type=unix,addr.path=${socket},node-name=disk,writable=on,num-queues=1`,
  ]);
  await until('the storage daemon listens', () => existsSync(socket));
  return child;
}
