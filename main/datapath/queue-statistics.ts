/** Rows of `DataPath.statistics` as named numbers. */
import { BATCH_SIZES, DROP_REASONS, STATISTICS_FIELDS } from '../addon/surface.ts';
import type { QueueStatistics } from '../engine/ports.ts';

export function queueStatistics(row: Float64Array): QueueStatistics {
  const value = (field: (typeof STATISTICS_FIELDS)[number]) => row[STATISTICS_FIELDS.indexOf(field)] ?? 0;
  const drops = DROP_REASONS.map((reason) => [reason, value(`drops:${reason}`)] as const);
  return {
    kicks: value('kicks'),
    kicksSuppressed: value('kicksSuppressed'),
    calls: value('calls'),
    callsSuppressed: value('callsSuppressed'),
    chains: value('chains'),
    frames: value('frames'),
    bytes: value('bytes'),
    batches: BATCH_SIZES.map((atLeast) => ({ atLeast, count: value(`batches${atLeast}`) })),
    drops: Object.fromEntries(drops.filter(([, count]) => count > 0)),
  };
}
