/** For which address a device that serves one guest is to take frames. */
import type { Station } from '../engine/ports.ts';

/**
 * Null: all frames, where nobody knows the guest's address or it has several. `told`: what the device was told for this
 * guest before, which stands where nothing was seen of late: its frames may all be the device's.
 */
export function receiveAddress(station: Station, told: string | null): string | null {
  if (station.mac !== null) return station.mac;
  const [first, second] = station.learned();
  return second === undefined ? (first ?? told) : null;
}
