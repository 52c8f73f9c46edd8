import { err, ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

const DIRECTIONS = ['save', 'load'] as const;

/** `{u32 direction; u32 phase}`: device state to be moved; phase 0 (stopped) is the only one. */
export interface Transfer {
  readonly direction: (typeof DIRECTIONS)[number];
  readonly phase: number;
}

export const transfer: PayloadCodec<Transfer> = {
  layout: 'Transfer',
  size: exactly(8),
  decode: (body) => {
    const fields = new FieldReader(body);
    const code = fields.u32();
    const direction = DIRECTIONS[code];
    if (direction === undefined)
      return err({ field: 'direction', message: `transfer direction ${code} is not 0 or 1` });
    return ok({ direction, phase: fields.u32() });
  },
  encode: (value) => new FieldWriter(8).u32(DIRECTIONS.indexOf(value.direction)).u32(value.phase).done(),
};
