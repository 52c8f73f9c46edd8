/**
 * Which processes keep VFIO open: an fd of the group's file, or a mapping or fd of some VFIO device. /proc does not tell
 * of which group a device is, so a process that has any counts only while the group is busy.
 */
import { readFile, readdir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { groupFile } from './sysfs.ts';
import type { Holder } from './verdict.ts';

const DEVICE = 'vfio-device';

async function links(pid: string): Promise<readonly string[]> {
  const folder = join('/proc', pid, 'fd');
  const fds = await readdir(folder).catch(() => []);
  return Promise.all(fds.map((fd) => readlink(join(folder, fd)).catch(() => '')));
}

async function holds(pid: string, file: string): Promise<boolean> {
  const open = await links(pid);
  if (open.some((target) => target === file || target.includes(DEVICE))) return true;
  const maps = await readFile(join('/proc', pid, 'maps'), 'utf8').catch(() => '');
  return maps.includes(DEVICE);
}

/** Of other processes than this one, as far as their /proc can be read. */
export async function findHolders(group: number): Promise<readonly Holder[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found: Holder[] = [];
  for (const pid of pids) {
    if (!(await holds(pid, groupFile(group)))) continue;
    const name = await readFile(join('/proc', pid, 'comm'), 'utf8').catch(() => null);
    found.push({ pid: Number(pid), name: name?.trim() ?? null });
  }
  return found;
}
