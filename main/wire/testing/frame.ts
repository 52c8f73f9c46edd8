/** Takes encoded bytes apart again as a channel does, for tests of both directions. */
import { HEADER_BYTES, decodeHeader } from '../header.ts';
import type { Frame } from '../decode.ts';
import type { Dialect } from '../dialect.ts';
import { expectedFds } from '../fd-rule.ts';
import type { Negotiated } from '../negotiated.ts';
import { protocolBitsOf } from '../protocol-features.ts';
import type { FdRule } from '../table/row.ts';

const ALL = (1n << 64n) - 1n;

/** Every gate that the dialect has is open, REPLY_ACK included. */
export const everything = (dialect: Dialect): Negotiated => ({
  dialect,
  virtioOffered: ALL,
  virtioAcked: ALL,
  protocolAcked: protocolBitsOf(dialect),
});
export const nothing = (dialect: Dialect): Negotiated => ({
  dialect,
  virtioOffered: 0n,
  virtioAcked: 0n,
  protocolAcked: 0n,
});

/** Throws where the bytes are not one whole message: in a test that is the test's own fault. */
export function frameOf(bytes: Uint8Array, fdCount = 0): Frame {
  const header = decodeHeader(bytes.subarray(0, HEADER_BYTES));
  if (!header.ok) throw new Error(`not a header: ${header.error.kind}`);
  return { header: header.value, body: bytes.subarray(HEADER_BYTES), fdCount };
}

/** The bytes as a message with just the fds that its row asks for. */
export function frameWithFds(bytes: Uint8Array, rule: FdRule): Frame {
  const frame = frameOf(bytes);
  return { ...frame, fdCount: expectedFds(rule, frame.body).min };
}
