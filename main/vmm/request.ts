/** A request of this front-end as it waits to be sent: bytes, and the fds by what they are. */
import { encodeFrontend } from '../wire/encode.ts';
import type { FrontendName, FrontendPayloads } from '../wire/table/frontend.ts';

/** An fd to be sent, resolved by the runner at the moment of sending. */
export type FdSource =
  | { readonly kind: 'memory' }
  | { readonly kind: 'kick' | 'call' | 'err'; readonly queue: number }
  /** A fresh socket whose other end becomes the back-end request channel. */
  | { readonly kind: 'backend-channel' };

export interface PlannedRequest {
  readonly name: FrontendName;
  readonly needReply: boolean;
  readonly bytes: Uint8Array;
  readonly fds: readonly FdSource[];
  /** The queue that its answer must name; null where the answer names none. */
  readonly queue: number | null;
}

export function request<Name extends FrontendName>(
  name: Name,
  payload: FrontendPayloads[Name],
  more: { readonly needReply?: boolean; readonly fds?: readonly FdSource[]; readonly queue?: number } = {},
): PlannedRequest {
  const needReply = more.needReply ?? false;
  const bytes = encodeFrontend(name, payload, needReply);
  return { name, needReply, bytes, fds: more.fds ?? [], queue: more.queue ?? null };
}
