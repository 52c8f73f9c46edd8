import { ok } from '../../base/result.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** No payload. */
export type Empty = null;

export const empty: PayloadCodec<Empty> = {
  layout: 'empty',
  size: exactly(0),
  decode: () => ok(null),
  encode: () => new Uint8Array(0),
};
