import { ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

const UUID_BYTES = 16;

/** `{u8 uuid[16]}`, bytes as they stand on the wire. */
export interface SharedObject {
  readonly uuid: Uint8Array;
}

export const sharedObject: PayloadCodec<SharedObject> = {
  layout: 'Shared',
  size: exactly(UUID_BYTES),
  decode: (body) => ok({ uuid: new FieldReader(body).bytes(UUID_BYTES) }),
  encode: (value) => new FieldWriter(UUID_BYTES).bytes(value.uuid).done(),
};
