import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';
import { MEM_REGION_BYTES, readMemRegion, writeMemRegion, type MemRegion } from './mem-region.ts';

const PADDING = 8;

/** `{u64 padding; MemRegion}`: one region added or removed. */
export const memReg: PayloadCodec<MemRegion> = {
  layout: 'MemReg',
  size: exactly(PADDING + MEM_REGION_BYTES),
  decode: (body) => {
    const fields = new FieldReader(body);
    fields.skip(PADDING);
    return readMemRegion(fields);
  },
  encode: (value) => {
    const fields = new FieldWriter(PADDING + MEM_REGION_BYTES).skip(PADDING);
    writeMemRegion(fields, value);
    return fields.done();
  },
};
