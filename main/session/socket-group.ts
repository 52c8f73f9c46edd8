/** Gives a listening socket's file to a group, by name or number. */
import { chown, readFile } from 'node:fs/promises';
import { err, ok, type Result } from '../base/result.ts';

async function groupId(group: string): Promise<number | null> {
  if (/^\d+$/.test(group)) return Number(group);
  const lines = (await readFile('/etc/group', 'utf8')).split('\n').map((line) => line.split(':'));
  const id = lines.find(([name]) => name === group)?.[2];
  return id === undefined ? null : Number(id);
}

/** The message says what was not possible. */
export async function setSocketGroup(path: string, group: string): Promise<Result<void, string>> {
  try {
    const gid = await groupId(group);
    if (gid === null) return err(`There is no group ${group}`);
    // -1 leaves the owner as it is.
    await chown(path, -1, gid);
    return ok(undefined);
  } catch (cause) {
    return err(`Group of ${path}: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}
