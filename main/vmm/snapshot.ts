/** What is so with one front-end, for people and for tests. */
import type { KnownNetConfig } from '../wire/net-config.ts';
import type { VmmConfig } from './config.ts';
import type { InterruptRouting } from './interrupt-router.ts';
import type { VmmState } from './state.ts';

export interface VmmSnapshot {
  readonly dialect: VmmConfig['dialect'];
  readonly link: VmmState['link'];
  readonly device: VmmState['device'];
  /** Null before the feature exchange. */
  readonly features: { readonly virtio: bigint; readonly protocol: bigint } | null;
  /** Queue pairs of the back-end, null where it did not say. */
  readonly backendPairs: number | null;
  /** Of the guest's device, as the back-end told it last; null where it tells none. */
  readonly config: KnownNetConfig | null;
  /** Of the groups that this process holds. */
  readonly interrupts: InterruptRouting;
  readonly queues: readonly {
    readonly index: number;
    /** Null while no area is known. */
    readonly area: { readonly offset: bigint; readonly size: bigint; readonly mapped: boolean } | null;
    readonly group: string | null;
  }[];
}

export function snapshotOf(config: VmmConfig, state: VmmState, interrupts: InterruptRouting): VmmSnapshot {
  const { virtioOffered, virtioAcked, protocolAcked } = state.negotiated;
  return {
    dialect: config.dialect,
    link: state.link,
    device: state.device,
    features: virtioOffered === 0n ? null : { virtio: virtioAcked, protocol: protocolAcked },
    backendPairs: state.backendPairs,
    config: state.netConfig,
    interrupts,
    queues: state.queues.map(({ area, group }, index) => ({
      index,
      area: area === null ? null : { offset: area.offset, size: area.size, mapped: area.mapped },
      group,
    })),
  };
}
