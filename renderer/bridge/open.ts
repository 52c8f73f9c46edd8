/** Chooses the way to the engine by what this window has: a preload's port, else the socket of its origin. */
import { openPreload } from './preload-transport.ts';
import { openSocket, socketUrl } from './socket-transport.ts';
import { takeToken } from './token.ts';
import type { OpenTransport } from './transport.ts';

export function chooseTransport(window: Window): OpenTransport {
  return window.doorbell === undefined
    ? openSocket({ url: socketUrl(window.location), token: takeToken(window) })
    : openPreload(window.doorbell);
}
