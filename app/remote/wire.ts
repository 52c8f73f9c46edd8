/** Carries frames to an engine in another process. One wire lives once: who wants it back opens a new one. */
import type { ClientFrame } from '../contract/frames.ts';

export interface WireListener {
  /** One frame as it came: untrusted. */
  frame(raw: unknown): void;
  /** At most once; nothing follows it. */
  closed(): void;
}

export interface Wire {
  send(frame: ClientFrame): void;
  close(): void;
}

/** Resolves to null when the engine cannot be reached; `why` says so in the system's words. */
export type OpenWire = (
  listener: WireListener,
) => Promise<{ readonly wire: Wire } | { readonly why: string }>;

/** Text that is no JSON becomes undefined, which no schema accepts. */
export function parseFrame(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
