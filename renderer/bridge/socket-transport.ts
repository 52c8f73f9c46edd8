/**
 * The way to the engine in a browser: one WebSocket, one JSON frame per message, the token in the sub-protocol
 * because a browser can set no other header. A socket that closes is opened again with back-off.
 */
import { backoffMs } from './backoff.ts';
import { parseJson } from './json.ts';
import type { OpenTransport } from './transport.ts';

export interface SocketTarget {
  readonly url: string;
  /** null: the page was opened without the link that carries it. */
  readonly token: string | null;
}

/** Where the engine that served this page listens. */
export const socketUrl = (location: { readonly protocol: string; readonly host: string }): string =>
  `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/frames`;

const CLOSED_NO_TOKEN = 'This page was opened without its token.';

export const openSocket =
  (target: SocketTarget): OpenTransport =>
  (listener) => {
    let socket: WebSocket | null = null;
    let timer: ReturnType<typeof setTimeout> | null = null;
    let attempt = 0;
    let lostAt = Date.now();
    let disposed = false;

    const lose = (cause: string): void => {
      const delay = backoffMs(attempt++);
      listener.link({ kind: 'lost', since: lostAt, cause, retryAt: Date.now() + delay });
      timer = setTimeout(open, delay);
    };

    const open = (): void => {
      timer = null;
      if (target.token === null) {
        listener.link({ kind: 'lost', since: lostAt, cause: CLOSED_NO_TOKEN, retryAt: null });
        return;
      }
      const next = new WebSocket(target.url, [`doorbell.${target.token}`]);
      socket = next;
      let wasOpen = false;
      next.addEventListener('open', () => {
        wasOpen = true;
        attempt = 0;
        listener.link({ kind: 'connected', since: Date.now() });
      });
      next.addEventListener('message', (message) => {
        const text: unknown = message.data;
        if (typeof text === 'string') listener.frame(parseJson(text));
      });
      next.addEventListener('close', () => {
        if (disposed || socket !== next) return;
        socket = null;
        if (wasOpen) lostAt = Date.now();
        lose(wasOpen ? 'The engine closed the connection.' : 'The engine cannot be reached.');
      });
    };

    queueMicrotask(() => {
      if (disposed) return;
      listener.link({ kind: 'connecting', since: lostAt });
      open();
    });

    return {
      send(frame) {
        if (socket?.readyState !== WebSocket.OPEN) return false;
        socket.send(JSON.stringify(frame));
        return true;
      },
      reconnect() {
        if (timer === null) return;
        clearTimeout(timer);
        open();
      },
      dispose() {
        disposed = true;
        if (timer !== null) clearTimeout(timer);
        socket?.close();
      },
    };
  };
