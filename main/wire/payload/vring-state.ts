import { err, ok } from '../../base/result.ts';
import { FieldReader, FieldWriter } from '../bytes.ts';
import { exactly, type PayloadCodec } from './codec.ts';

/** `{u32 index; u32 num}`: a queue and one number about it. */
export interface VringState {
  readonly index: number;
  readonly num: number;
}

export const vringState: PayloadCodec<VringState> = {
  layout: 'VringState',
  size: exactly(8),
  decode: (body) => {
    const fields = new FieldReader(body);
    return ok({ index: fields.u32(), num: fields.u32() });
  },
  encode: (value) => new FieldWriter(8).u32(value.index).u32(value.num).done(),
};

/** A VringState whose number is a yes or no; anything but 0 and 1 is refused. */
export const vringFlag: PayloadCodec<VringState> = {
  ...vringState,
  layout: 'VringState (0 or 1)',
  decode: (body) => {
    const state = vringState.decode(body);
    if (state.ok && state.value.num > 1)
      return err({ field: 'num', message: `num is ${state.value.num}, not 0 or 1` });
    return state;
  },
};
