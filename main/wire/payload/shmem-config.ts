import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

const SLOTS = 256;
const BYTES = 8 + 8 * SLOTS;

/** `{u32 count of non-zero sizes; u32 padding; u64 size[256]}`; the position in `sizes` is the shmid. */
export interface ShmemConfig {
  readonly sizes: readonly bigint[];
}

export const shmemConfig: PayloadCodec<ShmemConfig> = {
  layout: 'ShMemConfig',
  size: exactly(BYTES),
  decode: (body) => {
    const fields = new FieldReader(body);
    fields.skip(8);
    return ok({ sizes: Array.from({ length: SLOTS }, () => fields.u64()) });
  },
  encode: (value) => {
    const fields = new FieldWriter(BYTES).u32(value.sizes.filter((size) => size !== 0n).length).skip(4);
    for (const size of value.sizes.slice(0, SLOTS)) fields.u64(size);
    return fields.done();
  },
};
