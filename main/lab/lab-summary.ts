import type { Integrity, RoundTrips } from './guest-sample.ts';
import type { Rates } from './rates.ts';

/** One path, measured while all queues took it. */
export interface LabLeg extends Rates {
  readonly roundTrips: RoundTrips;
}

/** Everything here was measured; what could not be is null. */
export interface LabSummary {
  /** Guest and accelerator are ours; sockets, protocol, fds, mappings, rings and state machine are real. */
  readonly simulated: true;
  readonly guests: number;
  readonly queues: number;
  readonly legs: { readonly software: LabLeg; readonly accelerated: LabLeg };
  readonly toggles: {
    /** Changes of owner that arrived. */
    readonly done: number;
    /** Changes at which work waited in the ring: only these have a blackout. */
    readonly withWorkWaiting: number;
    /** Last descriptor taken by the old owner → first by the new, nanoseconds. */
    readonly blackoutP50Ns: number | null;
    readonly blackoutP99Ns: number | null;
    readonly blackoutMaxNs: number | null;
    /** With this number the soak's order of events can be repeated. */
    readonly seed: number;
  };
  /** Over the whole run, by sequence numbers and checksums. */
  readonly integrity: Integrity;
}
