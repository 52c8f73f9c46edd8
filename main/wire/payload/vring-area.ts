import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';
import { joinIndexWord, splitIndexWord } from './vring-fd.ts';

/**
 * `{u64 index word; u64 size; u64 offset}`: the notify page of one queue within the fd that comes along, or
 * its removal. Whether size and offset fit a page is for the receiver to judge: it knows its page size.
 */
export interface VringArea {
  readonly index: number;
  /** Remove what is mapped for this queue. */
  readonly noFd: boolean;
  readonly size: bigint;
  readonly offset: bigint;
}

export const vringArea: PayloadCodec<VringArea> = {
  layout: 'VringArea',
  size: exactly(24),
  decode: (body) => {
    const fields = new FieldReader(body);
    return ok({ ...splitIndexWord(fields.u64()), size: fields.u64(), offset: fields.u64() });
  },
  encode: (value) => new FieldWriter(24).u64(joinIndexWord(value)).u64(value.size).u64(value.offset).done(),
};
