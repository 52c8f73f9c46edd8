/**
 * The way to the engine inside the desktop shell: frames through the preload. The engine runs in the process
 * that owns this window, so the link cannot be lost while the window lives.
 */
import { parseJson } from './json.ts';
import type { LinkState, OpenTransport } from './transport.ts';

/** What the preload exposes: frames in both directions, nothing else. */
export interface DoorbellPort {
  send(frame: unknown): void;
  /** Returns how to stop. */
  subscribe(listener: (frame: unknown) => void): () => void;
}

declare global {
  interface Window {
    readonly doorbell?: DoorbellPort;
  }
}

export const openPreload =
  (port: DoorbellPort): OpenTransport =>
  (listener) => {
    const stop = port.subscribe((frame) =>
      listener.frame(typeof frame === 'string' ? parseJson(frame) : frame),
    );
    const link: LinkState = { kind: 'connected', since: Date.now() };
    queueMicrotask(() => listener.link(link));
    return {
      send(frame) {
        port.send(frame);
        return true;
      },
      reconnect() {
        listener.link(link);
      },
      dispose: stop,
    };
  };
