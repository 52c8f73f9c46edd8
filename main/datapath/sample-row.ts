/** Rows of `DataPath.sample` as named counters. The addon says -1 for unknown; from here on it is null. */
import { BREAK_CODES, SAMPLE_FIELDS } from '../addon/surface.ts';
import type { SampleRow } from '../engine/ports.ts';

const known = (value: number | undefined): number | null => (value === undefined || value < 0 ? null : value);

export function sampleRow(values: Float64Array, row: number): SampleRow {
  const from = row * SAMPLE_FIELDS.length;
  const value = (field: (typeof SAMPLE_FIELDS)[number]) => known(values[from + SAMPLE_FIELDS.indexOf(field)]);
  const broken = value('broken');
  return {
    kicks: value('kicks'),
    doorbells: value('doorbells'),
    interrupts: value('interrupts'),
    calls: value('calls'),
    engineDescriptors: value('engineDescriptors'),
    deviceDescriptors: value('deviceDescriptors'),
    availIdx: value('availIdx'),
    usedIdx: value('usedIdx'),
    provenWakes: value('provenWakes'),
    drops: value('drops'),
    broken: broken === null ? null : (BREAK_CODES[broken] ?? 'ring-address-invalid'),
    blackoutNs: value('blackoutNs'),
    toStart: value('toStart'),
  };
}
