import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

const WRITABLE = 1n;

/** `{u8 shmid; u8 padding[7]; u64 fd offset; u64 shm offset; u64 length; u64 flags}` */
export interface ShmemMap {
  readonly shmid: number;
  readonly fdOffset: bigint;
  readonly shmOffset: bigint;
  readonly length: bigint;
  readonly writable: boolean;
}

export const shmemMap: PayloadCodec<ShmemMap> = {
  layout: 'MMap',
  size: exactly(40),
  decode: (body) => {
    const fields = new FieldReader(body);
    const shmid = fields.u8();
    fields.skip(7);
    return ok({
      shmid,
      fdOffset: fields.u64(),
      shmOffset: fields.u64(),
      length: fields.u64(),
      writable: (fields.u64() & WRITABLE) !== 0n,
    });
  },
  encode: (value) =>
    new FieldWriter(40)
      .u8(value.shmid)
      .skip(7)
      .u64(value.fdOffset)
      .u64(value.shmOffset)
      .u64(value.length)
      .u64(value.writable ? WRITABLE : 0n)
      .done(),
};
