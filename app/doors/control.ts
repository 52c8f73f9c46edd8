/**
 * The control socket: one JSON frame per line, for the CLI and every other program of this user. Access is
 * file access; there is no other check.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { LineSplitter } from '../../main/base/lines.ts';
import { err, ok, type Result } from '../../main/base/result.ts';
import type { Service } from '../contract/service.ts';
import type { Door, DoorError } from './door.ts';
import { FrameConnection } from './frames.ts';
import { clearStaleSocket, preparePrivateDirectory } from './private-socket.ts';

/** The longest request: a subscription to 4096 queues of long names fits. */
const LINE_LIMIT = 1024 * 1024;
/** Leaves read and write to the owner. */
const UMASK = 0o177;

export interface ControlDoorOptions {
  readonly service: Service;
  readonly path: string;
  readonly uid: number;
}

/** Listens on `path`. A stale file is replaced only if nobody listens on it. */
export async function openControlDoor(options: ControlDoorOptions): Promise<Result<Door, DoorError>> {
  const { path, service } = options;
  const directory = await preparePrivateDirectory(path, options.uid);
  if (!directory.ok) return directory;
  const stale = await clearStaleSocket(path);
  if (!stale.ok) return stale;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    serve(service, socket);
  });
  const listening = await listen(server, path);
  if (!listening.ok) return listening;
  return ok({
    address: path,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
      }),
  });
}

function listen(server: Server, path: string): Promise<Result<void, DoorError>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        err({
          code: error.code === 'EADDRINUSE' ? 'in-use' : 'not-possible',
          message: `Cannot listen on ${path}: ${error.message}`,
        }),
      ),
    );
    // Binding happens within this call: the file has its mode from its first moment.
    const before = process.umask(UMASK);
    server.listen(path, () => resolve(ok(undefined)));
    process.umask(before);
  });
}

function serve(service: Service, socket: Socket): void {
  const lines = new LineSplitter(LINE_LIMIT);
  const connection = new FrameConnection(service, {
    send: (frame) => void socket.write(`${frame}\n`),
    unread: () => socket.writableLength,
    close: () => socket.destroy(),
  });
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    for (const line of lines.push(chunk)) connection.receiveText(line);
    if (lines.overflowed) socket.destroy();
  });
  socket.on('drain', () => connection.drained());
  // A client that vanishes is no event of ours: close follows.
  socket.on('error', () => undefined);
  socket.on('close', () => connection.close());
}
