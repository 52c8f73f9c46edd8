/**
 * Where the control socket lives and who may reach it: 0600 in a 0700 directory. The default place is the
 * same for the desktop app, `doorbell serve` and every client, so that they find each other.
 */
import { chmod, lstat, mkdir, unlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from '../../main/base/result.ts';
import type { DoorError } from './door.ts';

/** Longest path that fits sockaddr_un with its terminating zero. */
const MAX_SOCKET_PATH = 107;
/** A listener that does not accept within this time still counts as one that listens. */
const PROBE_MS = 500;
const PERMISSIONS = 0o777;

export interface UserPlace {
  readonly runtimeDir: string | undefined;
  readonly uid: number;
}

/** Of the process that asks. */
export const userPlace = (): UserPlace => ({
  runtimeDir: process.env['XDG_RUNTIME_DIR'],
  uid: process.getuid?.() ?? 0,
});

/** `$XDG_RUNTIME_DIR/doorbell/control.sock`, else below /run/user/UID, else /tmp/doorbell-UID. */
export async function defaultControlPath({ runtimeDir, uid }: UserPlace): Promise<string> {
  if (runtimeDir !== undefined && runtimeDir !== '') return join(runtimeDir, 'doorbell', 'control.sock');
  const system = `/run/user/${uid}`;
  const found = await lstat(system).catch(() => null);
  if (found?.isDirectory() === true && found.uid === uid) return join(system, 'doorbell', 'control.sock');
  return join(`/tmp/doorbell-${uid}`, 'control.sock');
}

/**
 * Creates the socket's directory with 0700 where it is missing. An existing one named `doorbell` or
 * `doorbell-UID` must be ours and is tightened; any other was chosen by the caller and is left as it is: the
 * socket itself is 0600.
 */
export async function preparePrivateDirectory(socket: string, uid: number): Promise<Result<void, DoorError>> {
  if (Buffer.byteLength(socket) > MAX_SOCKET_PATH)
    return err({
      code: 'not-possible',
      message: `The socket path ${socket} is longer than ${MAX_SOCKET_PATH} bytes; choose a shorter one.`,
    });
  const directory = dirname(socket);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const found = await lstat(directory);
    if (!/(^|\/)doorbell(-\d+)?$/.test(directory)) return ok(undefined);
    if (!found.isDirectory() || found.uid !== uid)
      return err({
        code: 'not-private',
        message: `${directory} is not a directory of this user; remove it or choose another path with --control.`,
      });
    if ((found.mode & PERMISSIONS) !== 0o700) await chmod(directory, 0o700);
    return ok(undefined);
  } catch (error) {
    return err({ code: 'not-possible', message: `Cannot use ${directory}: ${text(error)}` });
  }
}

/** Removes a socket file that nobody listens on; one that is in use, or no socket at all, is left and refused. */
export async function clearStaleSocket(path: string): Promise<Result<void, DoorError>> {
  const before = await lstat(path).catch(() => null);
  if (before === null) return ok(undefined);
  if (!before.isSocket())
    return err({ code: 'not-possible', message: `${path} exists and is not a socket; choose another path.` });
  if (await someoneListens(path))
    return err({ code: 'in-use', message: `Another engine already listens on ${path}.` });
  const after = await lstat(path).catch(() => null);
  // Whoever replaced it meanwhile is alive.
  if (after !== null && after.ino === before.ino) await unlink(path).catch(() => undefined);
  return ok(undefined);
}

/** Only a refused connection proves that the file is stale. */
export function someoneListens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const answer = (listens: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(listens);
    };
    const timer = setTimeout(() => answer(true), PROBE_MS);
    socket.once('connect', () => answer(true));
    socket.once('error', (error: NodeJS.ErrnoException) =>
      answer(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'),
    );
  });
}

const text = (error: unknown): string => (error instanceof Error ? error.message : String(error));
