import { ok } from '../../base/result.ts';
import type { PayloadCodec } from './codec.ts';

/** A payload of a device class that is not served: bounded, carried as bytes, never looked into. */
export function opaque(layout: string, min: number, max: number): PayloadCodec<Uint8Array> {
  return {
    layout,
    size: { kind: 'counted', min, max, allows: () => true },
    decode: (body) => ok(body.slice()),
    encode: (value) => value.slice(),
  };
}
