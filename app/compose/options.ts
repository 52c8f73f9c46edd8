/** What an engine is built from: one value, whoever starts it. */
import type { EndpointOptions } from '../../main/engine/endpoints.ts';

export type { EndpointOptions };

export interface AcceleratorOptions {
  readonly kind: 'emulated';
  /** Unique among the accelerators of this engine. */
  readonly id: string;
}

export interface EngineOptions {
  readonly endpoints: readonly EndpointOptions[];
  /** The first is what queues use that name none. */
  readonly accelerators: readonly AcceleratorOptions[];
}
