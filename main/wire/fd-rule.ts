/** The fd column of the table applied to one body. */
import { peekU64 } from './bytes.ts';
import { countRegions } from './payload/mem-table.ts';
import { splitIndexWord } from './payload/vring-fd.ts';
import type { FdRule } from './table/row.ts';

export interface FdCount {
  readonly min: number;
  readonly max: number;
}

/** How many fds this body must come with. The body's size was checked before. */
export function expectedFds(rule: FdRule, body: Uint8Array): FdCount {
  switch (rule.kind) {
    case 'exact':
      return { min: rule.count, max: rule.count };
    case 'range':
      return { min: rule.min, max: rule.max };
    case 'no-fd-bit': {
      const count = splitIndexWord(peekU64(body) ?? 0n).noFd ? 0 : 1;
      return { min: count, max: count };
    }
    case 'per-region': {
      const count = countRegions(body) ?? 0;
      return { min: count, max: count };
    }
  }
}

export const describeFdCount = ({ min, max }: FdCount): string => (min === max ? `${min}` : `${min}…${max}`);
