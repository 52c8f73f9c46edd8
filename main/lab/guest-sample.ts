/** What the guests' drivers counted: by sequence numbers and checksums, so it does not rest on the engine's word. */
import { GUEST_SAMPLE_FIELDS, type Guest } from '../addon/surface.ts';
import { quantile } from './quantile.ts';

export interface Integrity {
  readonly sent: number;
  readonly received: number;
  readonly lost: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
}

/** From sending a frame to seeing its answer, nanoseconds; null while nothing came back. */
export interface RoundTrips {
  /** Median of the queue pairs' medians. */
  readonly p50Ns: number | null;
  /** Of the worst queue pair. */
  readonly p99Ns: number | null;
}

type Field = (typeof GUEST_SAMPLE_FIELDS)[number];

/** One number per queue pair of all guests. */
function column(guests: readonly Guest[], field: Field): readonly number[] {
  const stride = GUEST_SAMPLE_FIELDS.length;
  const offset = GUEST_SAMPLE_FIELDS.indexOf(field);
  return guests.flatMap((guest) => [...guest.sample()].filter((_, i) => i % stride === offset));
}

export function integrityOf(guests: readonly Guest[]): Integrity {
  const sum = (field: Field): number => column(guests, field).reduce((total, value) => total + value, 0);
  return {
    sent: sum('sent'),
    received: sum('received'),
    lost: sum('lost'),
    duplicated: sum('duplicated'),
    reordered: sum('reordered'),
    corrupted: sum('corrupted'),
  };
}

/** Since the guests' last `run`. */
export function roundTripsOf(guests: readonly Guest[]): RoundTrips {
  const known = (field: Field): readonly number[] => column(guests, field).filter((value) => value >= 0);
  return { p50Ns: quantile(known('rttP50Ns'), 0.5), p99Ns: quantile(known('rttP99Ns'), 1) };
}

/** Every frame came back once, in order and whole. */
export const isFlawless = (seen: Integrity): boolean =>
  seen.received === seen.sent && seen.lost + seen.duplicated + seen.reordered + seen.corrupted === 0;
