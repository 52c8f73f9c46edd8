/** A unix socket that speaks in lines. */
import { connect, type Socket } from 'node:net';
import type { Child } from './children.ts';
import { until } from './wait.ts';

export class LineClient {
  readonly #socket: Socket;
  #rest = '';
  #error: Error | undefined;
  onLine: (line: string) => void = () => undefined;
  onEnd: (error: Error) => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop() ?? '';
      for (const line of lines) this.onLine(line);
    });
    socket.on('error', (error) => (this.#error = error));
    socket.on('close', () => this.onEnd(this.#error ?? new Error('closed by the other side')));
  }

  /** Retries until `server` listens, or has ended. */
  static async connect(path: string, server: Child, timeoutMs = 10_000): Promise<LineClient> {
    const socket = await until(
      `a listener at ${path}`,
      () =>
        new Promise<Socket | null>((resolve, reject) => {
          if (server.ended !== undefined) {
            reject(new Error(`${server.name} ended before it listened:\n${server.output.slice(-2000)}`));
            return;
          }
          const attempt = connect(path);
          attempt.once('connect', () => resolve(attempt));
          attempt.once('error', () => resolve(null));
        }),
      timeoutMs,
    );
    socket.removeAllListeners('error');
    return new LineClient(socket);
  }

  /** Throws once the other side is gone: nothing would ever answer. */
  send(line: string): void {
    if (this.#socket.destroyed || this.#socket.readableEnded)
      throw this.#error ?? new Error('closed by the other side');
    this.#socket.write(`${line}\n`);
  }

  close(): void {
    this.#socket.destroy();
  }
}
