import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import type { PayloadCodec } from './codec.ts';

const ADDRESS_BYTES = 8;
const SHARED_BYTES = 16;

/** Where dirty pages are logged: an area of the fd that comes along, or (before LOG_SHMFD) an address. */
export type Log =
  | { readonly kind: 'shared'; readonly size: bigint; readonly offset: bigint }
  | { readonly kind: 'address'; readonly address: bigint };

export const log: PayloadCodec<Log> = {
  layout: 'Log',
  size: { kind: 'one-of', sizes: [ADDRESS_BYTES, SHARED_BYTES] },
  decode: (body) => {
    const fields = new FieldReader(body);
    if (body.byteLength === ADDRESS_BYTES) return ok({ kind: 'address', address: fields.u64() });
    return ok({ kind: 'shared', size: fields.u64(), offset: fields.u64() });
  },
  encode: (value) =>
    value.kind === 'address'
      ? new FieldWriter(ADDRESS_BYTES).u64(value.address).done()
      : new FieldWriter(SHARED_BYTES).u64(value.size).u64(value.offset).done(),
};
