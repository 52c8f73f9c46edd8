/** A request of this front-end as it waits to be sent: bytes, and the fds by what they are. */
import { encodeFrontend } from '../wire/encode.ts';
import type { FrontendName, FrontendPayloads } from '../wire/table/frontend.ts';

/** An fd to be sent, resolved by the runner at the moment of sending. */
export type FdSource =
  | { readonly kind: 'memory' }
  | { readonly kind: 'kick' | 'call' | 'err'; readonly queue: number }
  /** The bitmap of dirty pages, of so many bytes. */
  | { readonly kind: 'log'; readonly size: bigint }
  /** A fresh eventfd that nobody reads. */
  | { readonly kind: 'log-eventfd' }
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

const HEADER_BYTES = 12;
const SIZE_AT = 8;
const FLAGS_AT = 4;
const NEED_REPLY = 8;

/** The same request, wanting an acknowledgement. */
export function asking(planned: PlannedRequest): PlannedRequest {
  const bytes = Uint8Array.from(planned.bytes);
  const view = new DataView(bytes.buffer);
  view.setUint32(FLAGS_AT, view.getUint32(FLAGS_AT, true) | NEED_REPLY, true);
  return { ...planned, bytes, needReply: true };
}

/** The same request with a body of at least `least` bytes: zeroes follow what it says. */
export function withBody(planned: PlannedRequest, least: number): PlannedRequest {
  if (planned.bytes.byteLength - HEADER_BYTES >= least) return planned;
  const bytes = new Uint8Array(HEADER_BYTES + least);
  bytes.set(planned.bytes);
  new DataView(bytes.buffer).setUint32(SIZE_AT, least, true);
  return { ...planned, bytes };
}
