/**
 * The panel over HTTP for a browser on this machine: bound to loopback, a token for everything that reaches
 * the engine, and checks of Host (a rebound name) and Origin (another page) before any of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { err, ok, type Result } from '../../main/base/result.ts';
import type { Service } from '../contract/service.ts';
import type { Door, DoorError } from './door.ts';
import { FrameConnection } from './frames.ts';
import { panelFile } from './panel-files.ts';
import { newToken, protocolWithToken, urlWithToken } from './token.ts';

const LOOPBACK = '127.0.0.1';
/** The one path that speaks frames. */
const FRAMES_PATH = '/frames';
const MAX_FRAME = 1024 * 1024;

export interface WebDoorOptions {
  readonly service: Service;
  /** 0 takes any free port. */
  readonly port: number;
  /** The folder of the built panel. */
  readonly panelRoot: string;
}

export interface WebDoor extends Door {
  /** With the token: whoever has it may switch queues. */
  readonly url: string;
}

export async function openWebDoor(options: WebDoorOptions): Promise<Result<WebDoor, DoorError>> {
  const token = newToken();
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    // Only reached when the token was found among the offers: it is what we speak.
    handleProtocols: (offered) => protocolWithToken(offered, token) ?? false,
  });
  sockets.on('connection', (socket) => serve(options.service, socket));
  const server = createServer((request, response) => void answer(options.panelRoot, request, response));
  server.on('upgrade', (request, duplex, head) => {
    const refusal = refusalOf(request, token);
    if (refusal === null)
      sockets.handleUpgrade(request, duplex, head, (socket) => sockets.emit('connection', socket, request));
    else refuse(duplex, refusal);
  });
  const listening = await listen(server, options.port);
  if (!listening.ok) return listening;
  const address = `http://${LOOPBACK}:${listening.value}/`;
  return ok({
    address,
    url: urlWithToken(address, token),
    close: () =>
      new Promise<void>((resolve) => {
        for (const socket of sockets.clients) socket.terminate();
        sockets.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
}

function listen(server: Server, port: number): Promise<Result<number, DoorError>> {
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      resolve(
        err({
          code: error.code === 'EADDRINUSE' ? 'in-use' : 'not-possible',
          message: `Cannot listen on ${LOOPBACK}:${port}: ${error.message}`,
        }),
      ),
    );
    server.listen(port, LOOPBACK, () => {
      const bound = server.address();
      resolve(ok(typeof bound === 'object' && bound !== null ? bound.port : port));
    });
  });
}

/** Names of this machine's loopback; any other Host reached us through a name that was bound to it. */
const hostsOf = (port: number): readonly string[] => [`${LOOPBACK}:${port}`, `localhost:${port}`];

function isOurHost(request: IncomingMessage): boolean {
  const { host } = request.headers;
  return host !== undefined && hostsOf(request.socket.localPort ?? 0).includes(host);
}

/** Programs send no Origin; a page always does, and it must be ours. */
function isOurOrigin(request: IncomingMessage): boolean {
  const { origin } = request.headers;
  return (
    origin === undefined || hostsOf(request.socket.localPort ?? 0).some((host) => origin === `http://${host}`)
  );
}

function refusalOf(request: IncomingMessage, token: string): string | null {
  if (!isOurHost(request)) return '421 Misdirected Request';
  if (request.url !== FRAMES_PATH) return '404 Not Found';
  if (!isOurOrigin(request)) return '403 Forbidden';
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  return protocolWithToken(offered, token) === null ? '401 Unauthorized' : null;
}

function refuse(duplex: Duplex, status: string): void {
  // The peer may be gone already; there is nobody to tell.
  duplex.on('error', () => undefined);
  duplex.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pathname = (request.url ?? '/').split(/[?#]/, 1)[0] ?? '/';
  if (!isOurHost(request)) {
    end(response, 421, 'This name does not belong to this server.');
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    end(response, 405, 'Only GET.');
  } else {
    const file = await panelFile(root, pathname);
    if (file === null) {
      end(response, 404, pathname === '/' ? 'The panel is not built: run npm run build.' : 'Not found.');
      return;
    }
    response.writeHead(200, { ...file.headers, 'content-length': file.body.byteLength });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }
}

function end(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${message}\n`);
}

function serve(service: Service, socket: WebSocket): void {
  const connection = new FrameConnection(service, {
    send: (frame) =>
      socket.send(frame, () => {
        if (socket.bufferedAmount === 0) connection.drained();
      }),
    unread: () => socket.bufferedAmount,
    close: () => socket.terminate(),
  });
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003, 'Frames are text.');
    else connection.receiveText(textOf(data));
  });
  socket.on('error', () => undefined);
  socket.on('close', () => connection.close());
}

function textOf(data: Buffer | ArrayBuffer | Buffer[]): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.isBuffer(data) ? data.toString('utf8') : Buffer.from(data).toString('utf8');
}
