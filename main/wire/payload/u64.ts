import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** One u64: feature bits, an acknowledgement, a count. */
export const u64: PayloadCodec<bigint> = {
  layout: 'u64',
  size: exactly(8),
  decode: (body) => ok(new FieldReader(body).u64()),
  encode: (value) => new FieldWriter(8).u64(value).done(),
};
