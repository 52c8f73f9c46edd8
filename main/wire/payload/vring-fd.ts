import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** Bits 0–7 of the word name the queue, bit 8 says that no fd comes with it; the rest is ignored. */
const INDEX_MASK = 0xffn;
const NO_FD_MASK = 0x100n;

/** A u64 `{bits 0–7 index; bit 8 no fd}`: the fd of one queue, or its absence. */
export interface VringFd {
  readonly index: number;
  readonly noFd: boolean;
}

export function splitIndexWord(word: bigint): VringFd {
  return { index: Number(word & INDEX_MASK), noFd: (word & NO_FD_MASK) !== 0n };
}

export function joinIndexWord(value: VringFd): bigint {
  return (BigInt(value.index) & INDEX_MASK) | (value.noFd ? NO_FD_MASK : 0n);
}

export const vringFd: PayloadCodec<VringFd> = {
  layout: 'u64 (index, no-fd bit)',
  size: exactly(8),
  decode: (body) => ok(splitIndexWord(new FieldReader(body).u64())),
  encode: (value) => new FieldWriter(8).u64(joinIndexWord(value)).done(),
};
