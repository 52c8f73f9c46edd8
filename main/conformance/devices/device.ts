/** What a check needs to know of a kind of device to give it work. */
import type { Facts } from '../facts.ts';

export type DeviceName = 'net' | 'blk';

/** One buffer of a descriptor chain. */
export interface RingBuffer {
  /** What the device reads; null for a buffer that it writes. */
  readonly bytes: Uint8Array | null;
  readonly length: number;
}

/** One completed chain: what the device wrote into its writable buffers, as they were given. */
export interface Completion {
  /** Used length as the device reported it. */
  readonly length: number;
  readonly written: readonly Uint8Array[];
}

export interface DeviceModel {
  readonly name: DeviceName;
  /** The rings that every front-end sets up, and that some back-ends wait for before they start any. */
  readonly rings: readonly number[];
  /** The one of them that does what it is asked without anything happening elsewhere. */
  readonly workRing: number;
  /** Whether a disabled ring has to consume its work ("discard any TX packets"). */
  readonly discardsWhileDisabled: boolean;
  /** The number of rings the device has at least, by what it said. */
  ringCount(facts: Facts): number;
  /** A request that any device of this kind completes at once; `features` as acknowledged. */
  request(features: bigint): readonly RingBuffer[];
  /** What is wrong with its completion, or null. */
  wrong(completion: Completion): string | null;
}
