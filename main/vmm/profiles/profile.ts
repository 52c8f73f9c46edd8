/**
 * Which VMM this front-end is like: the messages are the same, their order and their habits are not, and a back-end
 * has to serve each.
 */
import type { Dialect } from '../../wire/dialect.ts';
import type { FrontendName } from '../../wire/table/frontend.ts';
import type { VmmConfig } from '../config.ts';
import type { Step } from '../script.ts';
import type { ProfileOperation, VmmState } from '../state.ts';

export type ProfileName = 'qemu' | 'uml' | 'dpdk';

export interface Profile {
  readonly name: ProfileName;
  /** Protocol features that it acknowledges where they are offered. */
  readonly protocolFeatures: Readonly<Record<Dialect, bigint>>;
  /** What an operation says, in its order. */
  readonly steps: (kind: ProfileOperation, config: VmmConfig, state: VmmState) => readonly Step[];
  /** Requests that it wants acknowledged where REPLY_ACK is negotiated. */
  readonly asks: (name: FrontendName) => boolean;
  /** Least bytes of its SET_MEM_TABLE bodies, zeroes after the last region. */
  readonly memTableBytes: number;
  /** What `num` of GET_VRING_BASE holds, which means nothing in that message. */
  readonly stopNum: number;
}

export const pairsOf = (config: VmmConfig): readonly number[] =>
  Array.from({ length: config.queuePairs }, (_, pair) => pair);
export const queuesOf = (pair: number): readonly number[] => [pair * 2, pair * 2 + 1];
export const queuesOfAll = (config: VmmConfig): readonly number[] => pairsOf(config).flatMap(queuesOf);
