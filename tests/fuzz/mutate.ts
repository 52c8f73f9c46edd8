/**
 * Makes messages that are nearly right: a seed whose header, fields, size or count of fds is changed a little. Bytes
 * without any structure would all end at the first check of the header.
 */
import type { Random } from './random.ts';

const HEADER_BYTES = 12;
/** Header sizes above this end the connection before a body is read. */
const LONGEST_BODY = 2100;

/** Where arithmetic goes wrong, if it does. */
const U64S = [
  0n,
  1n,
  0xffn,
  0x100n,
  0x1000n,
  0xfff_ffff_ffff_f000n,
  1n << 32n,
  1n << 63n,
  (1n << 64n) - 1n,
  (1n << 64n) - 0x1000n,
];
const U32S = [0, 1, 2, 7, 8, 9, 0xff, 0x100, 0x1000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

export interface Fuzzed {
  /** Header and body; the header's size is the body's unless a mutation says otherwise. */
  readonly bytes: Uint8Array;
  readonly fdCount: number;
}

export function mutated(random: Random, seeds: readonly Uint8Array[]): Fuzzed {
  let bytes = new Uint8Array(random.pick(seeds));
  for (let left = random.below(4); left > 0; left--) bytes = changed(random, bytes);
  if (!random.once(16)) new DataView(bytes.buffer).setUint32(8, bytes.byteLength - HEADER_BYTES, true);
  return { bytes, fdCount: random.once(4) ? random.below(10) : random.below(2) };
}

function changed(random: Random, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(bytes.buffer);
  const body = bytes.byteLength - HEADER_BYTES;
  switch (random.below(9)) {
    case 0:
      view.setUint32(0, random.below(50), true);
      return bytes;
    case 1:
      view.setUint32(4, random.pick([1, 1, 9, 9, 5, 0xd, 0, 2, 0x8000_0001, random.below(256)]), true);
      return bytes;
    case 2:
      return resized(random, bytes, random.below(Math.min(body, 64) + 1));
    case 3:
      return resized(random, bytes, body + 1 + random.below(random.once(8) ? LONGEST_BODY : 40));
    case 4:
      if (body >= 4) view.setUint32(HEADER_BYTES + random.below(body >> 2) * 4, random.pick(U32S), true);
      return bytes;
    case 5:
      if (body >= 8) view.setBigUint64(HEADER_BYTES + random.below(body >> 3) * 8, random.pick(U64S), true);
      return bytes;
    case 6:
      if (body >= 4) view.setUint32(HEADER_BYTES, random.below(12), true);
      return bytes;
    default: {
      const at = HEADER_BYTES + random.below(Math.max(1, body));
      const before = bytes[at];
      if (before !== undefined) bytes[at] = before ^ (1 << random.below(8));
      return bytes;
    }
  }
}

/** Another length of the body, what is new in it random. */
function resized(random: Random, bytes: Uint8Array<ArrayBuffer>, body: number): Uint8Array<ArrayBuffer> {
  const other = new Uint8Array(HEADER_BYTES + body);
  other.set(bytes.subarray(0, other.byteLength));
  for (let at = bytes.byteLength; at < other.byteLength; at++) other[at] = random.below(256);
  return other;
}
