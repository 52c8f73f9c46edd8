import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** 20 bytes of fields, padded to 24 as a C struct is. */
const BYTES = 24;

/** `{u64 mmap size; u64 mmap offset; u16 queues; u16 queue size}` */
export interface Inflight {
  readonly mmapSize: bigint;
  readonly mmapOffset: bigint;
  readonly queues: number;
  readonly queueSize: number;
}

export const inflight: PayloadCodec<Inflight> = {
  layout: 'Inflight',
  size: exactly(BYTES),
  decode: (body) => {
    const fields = new FieldReader(body);
    return ok({
      mmapSize: fields.u64(),
      mmapOffset: fields.u64(),
      queues: fields.u16(),
      queueSize: fields.u16(),
    });
  },
  encode: (value) =>
    new FieldWriter(BYTES)
      .u64(value.mmapSize)
      .u64(value.mmapOffset)
      .u16(value.queues)
      .u16(value.queueSize)
      .done(),
};
