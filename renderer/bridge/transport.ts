/**
 * One way of carrying contract frames between this window and the engine. The preload and the WebSocket both
 * implement it, so nothing above this folder knows which shell it runs in.
 */
import type { ClientFrame } from '../../app/contract/frames.ts';

/** What can be said about the way to the engine, times in milliseconds of this window's clock. */
export type LinkState =
  | { readonly kind: 'connecting'; readonly since: number }
  | { readonly kind: 'connected'; readonly since: number }
  /** `retryAt` is null where only the operator can help, for instance a page opened without its token. */
  | {
      readonly kind: 'lost';
      readonly since: number;
      readonly cause: string;
      readonly retryAt: number | null;
    };

export interface TransportListener {
  /** One frame as it came in: untrusted, not yet parsed. */
  frame(frame: unknown): void;
  link(link: LinkState): void;
}

export interface Transport {
  /** A frame sent while the link is down is dropped: its caller hears `unavailable` instead. */
  send(frame: ClientFrame): boolean;
  /** Tries to connect now instead of at the next back-off. */
  reconnect(): void;
  dispose(): void;
}

export type OpenTransport = (listener: TransportListener) => Transport;
