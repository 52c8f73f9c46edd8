/** What the bar of memory regions says. */
import { hex, plural } from '../format/numbers.ts';

export const memoryWords = {
  title: 'Memory regions',
  noTable: 'no table was set',
  table: (generation: number, regions: number, hasOverlap: boolean): string =>
    `generation ${generation} · ${plural(regions, 'region')}${hasOverlap ? '' : ' · no overlap'}`,
  overlap: (names: readonly string[]): string => `${names.join(', ')} overlap`,
  outside: (rings: readonly { readonly name: string; readonly address: string }[]): string =>
    `${rings.map(({ name, address }) => `${name} ${hex(address)}`).join(', ')} outside of every region`,
  stale: (index: number): string =>
    `stale: q${index} still runs under an earlier table, so these translations are not its own`,
  marks: (index: number): string => `D descriptors · A avail · U used of q${index}: `,
  guestPhysical: 'guest physical',
  frontEnd: 'VMM',
  hole: 'no memory here',
  region: (name: string, size: string): string => `${name} · ${size} at `,
  file: (offset: string): string => `fd + ${hex(offset)}`,
} as const;
