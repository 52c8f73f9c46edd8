/** What an engine is built from: one value, whoever starts it. */
import type { EndpointOptions } from '../../main/engine/endpoints.ts';

import type { PageFault } from '../../main/lab/faulty-accelerator.ts';

export type { EndpointOptions };

export type AcceleratorOptions = EmulatedOptions | VfioOptions;

export interface EmulatedOptions {
  readonly kind: 'emulated';
  /** Unique among the accelerators of this engine. */
  readonly id: string;
  /** The simulated device starts rings at any index, or like virtio-pci hardware only at 0; any by default. */
  readonly restoreIndex?: 'any' | 'zero-only';
  /** What it does wrong on purpose, in the lab; nothing by default. */
  readonly pageFault?: PageFault;
  /** It stops one queue alone, or only all of its queues at once; alone by default. */
  readonly stopPerQueue?: boolean;
}

/** A virtio-net PCI function that is bound to vfio-pci. */
export interface VfioOptions {
  readonly kind: 'vfio';
  readonly id: string;
  /** Domain first: `0000:00:10.0`. */
  readonly address: string;
}

/** An endpoint as it is unless told otherwise: it listens, for its owner alone, with one queue pair in software. */
export function endpointOptions(
  given: Pick<EndpointOptions, 'name' | 'path'> & Partial<EndpointOptions>,
): EndpointOptions {
  return {
    mode: 'listen',
    dialect: 'upstream',
    desired: 'software',
    fileMode: 0o600,
    mtu: null,
    mac: null,
    config: false,
    group: null,
    queuePairs: 1,
    iommu: false,
    uplink: null,
    simulated: false,
    ...given,
  };
}

/** The software path's worker threads. */
export interface WorkerOptions {
  /** 1…64; null: one for each CPU but one, up to 4. */
  readonly count: number | null;
  /** Worker i runs on CPU `cpus[i % cpus.length]` alone; empty: wherever the system puts it. */
  readonly cpus: readonly number[];
  /** How long at most a worker polls a queue whose traffic paused, in microseconds; 0: never. */
  readonly busyPollUs: number;
}

/** A network of this machine that the switch is connected to. */
export interface UplinkOptions {
  readonly kind: 'tap';
  /** Of a TAP device, which is created where there is none. */
  readonly name: string;
}

export interface EngineOptions {
  readonly endpoints: readonly EndpointOptions[];
  /** The first is what queues use that name none. */
  readonly accelerators: readonly AcceleratorOptions[];
  readonly workers?: WorkerOptions;
  readonly uplink?: UplinkOptions;
}
