/** The exchange of one check as it happened, for findings to quote. */
import { BACKEND } from '../wire/table/backend.ts';
import { FRONTEND } from '../wire/table/frontend.ts';

/** A message on the socket, or something beside it (a kick, a ring that moved). */
export type CaptureRow =
  | {
      readonly kind: 'sent' | 'came';
      /** As the specification spells it, or `request N`. */
      readonly name: string;
      readonly flags: number;
      /** Bytes of the body. */
      readonly size: number;
      readonly fds: number;
      /** Hex, at most BODY_SHOWN bytes of it. */
      readonly body: string;
    }
  | { readonly kind: 'event'; readonly text: string };

const BODY_SHOWN = 64;
/** A check that says more than this is told by its end. */
const ROWS_KEPT = 48;

export interface CapturedMessage {
  readonly request: number;
  readonly flags: number;
  readonly body: Uint8Array;
  readonly fds: number;
}

export class Capture {
  readonly #rows: CaptureRow[] = [];

  /** Oldest first. */
  rows(): readonly CaptureRow[] {
    return [...this.#rows];
  }

  clear(): void {
    this.#rows.length = 0;
  }

  event(text: string): void {
    this.#add({ kind: 'event', text });
  }

  message(kind: 'sent' | 'came', { request, flags, body, fds }: CapturedMessage): void {
    this.#add({
      kind,
      name: requestName(request),
      flags,
      size: body.byteLength,
      fds,
      body: hex(body.subarray(0, BODY_SHOWN)),
    });
  }

  #add(row: CaptureRow): void {
    this.#rows.push(row);
    if (this.#rows.length > ROWS_KEPT) this.#rows.shift();
  }
}

const names = new Map(Object.values(FRONTEND).map(({ id, name }) => [id, name]));
const backendNames = new Map(
  Object.values(BACKEND)
    .filter(({ dialects }) => dialects.includes('upstream'))
    .map(({ id, name }) => [id, name]),
);

export const requestName = (request: number): string => names.get(request) ?? `request ${request}`;
export const backendRequestName = (request: number): string =>
  backendNames.get(request) ?? `back-end request ${request}`;

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
