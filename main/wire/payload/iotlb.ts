import { err, ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** 26 bytes of fields, padded to 32 as a C struct is. */
const BYTES = 32;
const TYPES = ['miss', 'update', 'invalidate', 'access-fail'] as const;
export type IotlbType = (typeof TYPES)[number];

/** `{u64 iova; u64 size; u64 user address; u8 permission; u8 type}` */
export interface Iotlb {
  readonly iova: bigint;
  readonly size: bigint;
  readonly userAddress: bigint;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly type: IotlbType;
}

export const iotlb: PayloadCodec<Iotlb> = {
  layout: 'Iotlb',
  size: exactly(BYTES),
  decode: (body) => {
    const fields = new FieldReader(body);
    const iova = fields.u64();
    const size = fields.u64();
    const userAddress = fields.u64();
    const permission = fields.u8();
    const code = fields.u8();
    const type = TYPES[code - 1];
    if (type === undefined) return err({ field: 'type', message: `IOTLB type ${code} is not 1…4` });
    return ok({
      iova,
      size,
      userAddress,
      readable: (permission & 1) !== 0,
      writable: (permission & 2) !== 0,
      type,
    });
  },
  encode: (value) =>
    new FieldWriter(BYTES)
      .u64(value.iova)
      .u64(value.size)
      .u64(value.userAddress)
      .u8((value.readable ? 1 : 0) | (value.writable ? 2 : 0))
      .u8(TYPES.indexOf(value.type) + 1)
      .done(),
};
