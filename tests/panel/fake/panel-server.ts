/**
 * Serves the built panel and the fake service the way the web door does: same policy, same token, same frames.
 * The connection can be cut and the door closed, so that the panel's way back is seen.
 */
import { createServer, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Served } from './fake-service.ts';

export const TOKEN = 'test-token-0123456789';

/** What both shells send: nothing but our own files. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

export class PanelServer {
  readonly #http: Server;
  readonly #sockets = new Set<WebSocket>();
  readonly #port: number;
  #isOpen = true;

  private constructor(http: Server, service: Served, port: number) {
    this.#http = http;
    this.#port = port;
    const door = new WebSocketServer({ noServer: true, handleProtocols: () => `doorbell.${TOKEN}` });
    http.on('upgrade', (request, socket, head) => {
      if (!this.#isOpen || request.headers['sec-websocket-protocol'] !== `doorbell.${TOKEN}`) {
        socket.destroy();
        return;
      }
      door.handleUpgrade(request, socket, head, (client) => this.#serve(client, service));
    });
  }

  /** `root`: the folder of the built panel. */
  static async start(root: string, service: Served): Promise<PanelServer> {
    const http = createServer((request, response) => {
      const path = normalize(new URL(request.url ?? '/', 'http://panel').pathname);
      const file = join(root, path === '/' ? 'index.html' : path);
      readFile(file).then(
        (body) => {
          response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
          response.setHeader('content-security-policy', CONTENT_SECURITY_POLICY);
          response.end(body);
        },
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const address = http.address();
    if (address === null || typeof address === 'string') throw new Error('the panel server has no port');
    return new PanelServer(http, service, address.port);
  }

  /** The link that the door prints, token in the fragment. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}/#token=${TOKEN}`;
  }

  /** Cuts every connection; new ones are refused until `open`. */
  cut(): void {
    this.#isOpen = false;
    for (const socket of this.#sockets) socket.terminate();
  }

  open(): void {
    this.#isOpen = true;
  }

  async close(): Promise<void> {
    this.cut();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  #serve(client: WebSocket, service: Served): void {
    this.#sockets.add(client);
    const connection = service.connect({ send: (frame) => client.send(JSON.stringify(frame)) });
    client.on('message', (data) =>
      connection.receive(Buffer.isBuffer(data) ? JSON.parse(data.toString('utf8')) : undefined),
    );
    client.on('close', () => {
      this.#sockets.delete(client);
      connection.close();
    });
  }
}
