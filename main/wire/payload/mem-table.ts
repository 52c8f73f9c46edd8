import { err, ok } from '../../base/result.ts';
import { FieldReader, FieldWriter, peekU32 } from '../bytes.ts';
import type { PayloadCodec } from './codec.ts';
import { MEM_REGION_BYTES, readMemRegion, writeMemRegion, type MemRegion } from './mem-region.ts';

/** VHOST_MEMORY_BASELINE_NREGIONS: also the number of fds that fit one message. */
export const MAX_REGIONS = 8;
const HEAD_BYTES = 8;
const MAX_BYTES = HEAD_BYTES + MEM_REGION_BYTES * MAX_REGIONS;

/** `{u32 count; u32 padding; MemRegion[count]}`, each region with its own fd, in order. */
export interface MemTable {
  readonly regions: readonly MemRegion[];
}

/** What a table's own count asks for, or null where the body is too short to have one. */
export const countRegions = (body: Uint8Array): number | null => peekU32(body);

/**
 * A front-end may send a longer body than its count needs (user-mode Linux sends room for two regions and
 * counts one): the tail is ignored.
 */
export const memTable: PayloadCodec<MemTable> = {
  layout: 'MemTable',
  size: {
    kind: 'counted',
    min: HEAD_BYTES,
    max: MAX_BYTES,
    allows: (body) => {
      const count = countRegions(body);
      return count !== null && body.byteLength >= HEAD_BYTES + MEM_REGION_BYTES * count;
    },
  },
  decode: (body) => {
    const fields = new FieldReader(body);
    const count = fields.u32();
    fields.skip(4);
    if (count === 0) return err({ field: 'count', message: 'the memory table has no region' });
    const regions: MemRegion[] = [];
    while (regions.length < count) {
      const region = readMemRegion(fields);
      if (!region.ok) return region;
      regions.push(region.value);
    }
    return ok({ regions });
  },
  encode: (value) => {
    const fields = new FieldWriter(HEAD_BYTES + MEM_REGION_BYTES * value.regions.length);
    fields.u32(value.regions.length).skip(4);
    for (const region of value.regions) writeMemRegion(fields, region);
    return fields.done();
  },
};
