/** What the system tells of a real device, as text; what nobody looked at is a dash. */
import type { HardwareSnapshot, Reception } from '../../../app/contract/snapshot.ts';
import { UNKNOWN } from '../../format/numbers.ts';
import { deviceWords } from '../../words/devices.ts';

type Hardware = HardwareSnapshot | null;

const NOBODY: Reception = { kind: null, mac: null, source: null, problem: null };

export function viableText(hardware: Hardware): string {
  const viable = hardware?.viable ?? null;
  if (viable === null) return UNKNOWN;
  return viable ? deviceWords.viable : deviceWords.notViable;
}

export function vectorsText(hardware: Hardware): string {
  const vectors = hardware?.vectors ?? null;
  if (vectors === null) return UNKNOWN;
  return deviceWords.vectors(vectors.used, Math.max(0, vectors.total - vectors.used));
}

export function receivesText(hardware: Hardware): string {
  const { kind, mac, source, problem } = hardware?.receives ?? NOBODY;
  if (problem !== null) return deviceWords.receivesUnknown(problem);
  if (kind === null) return UNKNOWN;
  if (kind !== 'address') return deviceWords.receives[kind];
  return deviceWords.receivesFor(mac ?? UNKNOWN, source === null ? UNKNOWN : deviceWords.sources[source]);
}

/** Each BAR with what of it can be mapped: all, nothing, or the parts between the holes. */
export function regionsText(hardware: Hardware): string {
  if (hardware === null || hardware.regions.length === 0) return UNKNOWN;
  return hardware.regions.map(regionText).join('; ');
}

function regionText({ bar, size, mappable }: HardwareSnapshot['regions'][number]): string {
  const name = deviceWords.region(bar, size);
  const [first] = mappable;
  if (first === undefined) return `${name} ${deviceWords.notMappable}`;
  if (mappable.length === 1 && BigInt(first.offset) === 0n && first.size === size)
    return `${name} ${deviceWords.mappable}`;
  const parts = mappable.map((area) => deviceWords.part(area.size, area.offset));
  return `${name} ${deviceWords.mappable}: ${parts.join(', ')}`;
}
