import type { EndpointOptions } from './endpoints.ts';
import type { Accelerator } from './ports.ts';

/** What the guest should have: the address that was chosen for it, else that of the function whose network it is on. */
export const guestMac = (
  { mac, uplink }: Pick<EndpointOptions, 'mac' | 'uplink'>,
  accelerators: readonly Accelerator[],
): string | null => mac ?? accelerators.find(({ id }) => id === uplink)?.hardware()?.mac ?? null;
