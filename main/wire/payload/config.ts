import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter, peekU32 } from '../bytes.ts';
import type { PayloadCodec } from './codec.ts';

const HEAD_BYTES = 12;
/** VHOST_USER_MAX_CONFIG_SIZE */
const MAX_DATA = 256;

/** `{u32 offset; u32 size; u32 flags; u8 data[size]}`: a window of the device's configuration space. */
export interface Config {
  readonly offset: number;
  /** 0 = write by the driver, 1 = restored by a migration. */
  readonly flags: number;
  readonly data: Uint8Array;
}

export const config: PayloadCodec<Config> = {
  layout: 'Config',
  size: {
    kind: 'counted',
    min: HEAD_BYTES,
    max: HEAD_BYTES + MAX_DATA,
    allows: (body) => peekU32(body.subarray(4)) === body.byteLength - HEAD_BYTES,
  },
  decode: (body) => {
    const fields = new FieldReader(body);
    const offset = fields.u32();
    const size = fields.u32();
    return ok({ offset, flags: fields.u32(), data: fields.bytes(size) });
  },
  encode: (value) =>
    new FieldWriter(HEAD_BYTES + value.data.byteLength)
      .u32(value.offset)
      .u32(value.data.byteLength)
      .u32(value.flags)
      .bytes(value.data)
      .done(),
};
