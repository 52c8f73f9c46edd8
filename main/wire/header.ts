/**
 * The 12 bytes before every body:
 *
 *   0        4        8        12
 *   | request | flags  | size   |   bits 0–1 of flags: version = 1; bit 2: reply; bit 3: need reply
 *
 * Fds ride with the first byte of the header.
 */
import { err, ok, type Result } from '../base/result.ts';
import { FieldReader, FieldWriter } from './bytes.ts';
import type { WireError } from './wire-error.ts';

export const HEADER_BYTES = 12;
/** SCM_RIGHTS fds that one message may carry (VHOST_MEMORY_BASELINE_NREGIONS). */
export const MAX_FDS = 8;
/** The largest body with a row is a CryptoSession or ShMemConfig of about 2 KiB; nothing needs more than a page. */
export const MAX_BODY_BYTES = 4096;

const VERSION = 1;
const VERSION_MASK = 0x3;
const REPLY_BIT = 0x4;
const NEED_REPLY_BIT = 0x8;
const KNOWN_FLAGS = VERSION_MASK | REPLY_BIT | NEED_REPLY_BIT;
/** A reply carries exactly these flags: real front-ends refuse anything else. */
export const REPLY_FLAGS = VERSION | REPLY_BIT;

export interface Header {
  readonly request: number;
  readonly isReply: boolean;
  readonly needReply: boolean;
  /** Body bytes, at most MAX_BODY_BYTES. */
  readonly size: number;
}

/** Checks, in this order: header, version, flags, size cap. Each failure makes the rest of the stream unreadable. */
export function decodeHeader(bytes: Uint8Array): Result<Header, WireError> {
  if (bytes.byteLength !== HEADER_BYTES) return err({ kind: 'header', bytes: bytes.byteLength });
  const fields = new FieldReader(bytes);
  const request = fields.u32();
  const flags = fields.u32();
  const size = fields.u32();
  const version = flags & VERSION_MASK;
  if (version !== VERSION) return err({ kind: 'version', request, version });
  const isReply = (flags & REPLY_BIT) !== 0;
  const reserved = (flags & ~KNOWN_FLAGS) !== 0;
  if (reserved || (isReply && flags !== REPLY_FLAGS)) return err({ kind: 'flags', request, flags });
  if (size > MAX_BODY_BYTES) return err({ kind: 'too-large', request, size });
  return ok({ request, isReply, needReply: (flags & NEED_REPLY_BIT) !== 0, size });
}

/** Header and body in one piece, as one send. */
export function encodeFrame(
  request: number,
  kind: 'request' | 'request-needing-reply' | 'reply',
  body: Uint8Array,
): Uint8Array {
  const flags = kind === 'reply' ? REPLY_FLAGS : kind === 'request' ? VERSION : VERSION | NEED_REPLY_BIT;
  return new FieldWriter(HEADER_BYTES + body.byteLength)
    .u32(request)
    .u32(flags)
    .u32(body.byteLength)
    .bytes(body)
    .done();
}
