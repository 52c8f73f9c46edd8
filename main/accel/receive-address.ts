/** For which address a device that serves one guest is to take frames. */
import type { Station } from '../engine/ports.ts';

/** Null: all frames, where nobody knows the guest's address or it has several. */
export function receiveAddress(station: Station): string | null {
  if (station.mac !== null) return station.mac;
  const [first, second] = station.learned();
  return second === undefined ? (first ?? null) : null;
}
