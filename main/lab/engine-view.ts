/**
 * The engine as the lab sees it: from outside, through the same records and the same command as every
 * client. The contract's snapshot fits these shapes as it is.
 */
import type { Result } from '../base/result.ts';

export type Owner = 'software' | 'accelerated';

/** A part of the contract's queue record. */
export interface LabQueue {
  readonly index: number;
  /** A device drops what comes by a queue that is not (further pairs of a fresh driver for a moment). */
  readonly enabled: boolean;
  readonly phase: string;
  readonly evidence: number;
  readonly reason: { readonly code: string; readonly message: string } | null;
  /** Of the last change of owner; null before the first. */
  readonly blackoutNs: number | null;
  /** Null where the path cannot count. */
  readonly counters: {
    readonly kicks: number | null;
    readonly doorbells: number | null;
    readonly interrupts: number | null;
    readonly calls: number | null;
    readonly engineDescriptors: number | null;
    readonly deviceDescriptors: number | null;
  };
}

export interface LabSession {
  readonly name: string;
  readonly queues: readonly LabQueue[];
}

export interface LabFailure {
  /** `engine` it refused or failed · `front-end` the guest's side failed · `queue` a queue did not arrive. */
  readonly code: 'engine' | 'front-end' | 'queue';
  readonly message: string;
}

export interface LabEngine {
  /** Read live. */
  snapshot(): Promise<Result<readonly LabSession[], LabFailure>>;
  setDesired(session: string, queue: number, desired: Owner): Promise<Result<void, LabFailure>>;
  /** CPU time since start, nanoseconds; null where it cannot be told. */
  cpu(): { readonly workersNs: number | null; readonly simulatedDeviceNs: number | null };
}
