import { ok } from '../../base/result.ts';
import { frontendAddr, type FrontendAddr } from '../address.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** Bit 0 of `flags`: writes to the used ring are logged at `log`. */
const LOG_BIT = 1;

/** `{u32 index; u32 flags; u64 desc; u64 used; u64 avail; u64 log}` */
export interface VringAddr {
  readonly index: number;
  /** VHOST_VRING_F_LOG: `log` is a guest-physical address. */
  readonly logsUsedRing: boolean;
  readonly desc: FrontendAddr;
  readonly used: FrontendAddr;
  readonly avail: FrontendAddr;
  readonly log: bigint;
}

export const vringAddr: PayloadCodec<VringAddr> = {
  layout: 'VringAddr',
  size: exactly(40),
  decode: (body) => {
    const fields = new FieldReader(body);
    return ok({
      index: fields.u32(),
      logsUsedRing: (fields.u32() & LOG_BIT) !== 0,
      desc: frontendAddr(fields.u64()),
      used: frontendAddr(fields.u64()),
      avail: frontendAddr(fields.u64()),
      log: fields.u64(),
    });
  },
  encode: (value) =>
    new FieldWriter(40)
      .u32(value.index)
      .u32(value.logsUsedRing ? LOG_BIT : 0)
      .u64(value.desc)
      .u64(value.used)
      .u64(value.avail)
      .u64(value.log)
      .done(),
};
