/** What the software path did for one queue since it was made. */
import { z } from 'zod';

const Count = z.number().int().nonnegative();

export const QueueStatistics = z.object({
  /** Kicks that came by eventfd. */
  kicks: Count,
  /** Batches that were served while the driver was told to send no kicks. */
  kicksSuppressed: Count,
  calls: Count,
  /** Batches for which the driver wanted no interrupt. */
  callsSuppressed: Count,
  /** Descriptor chains completed. */
  chains: Count,
  frames: Count,
  /** Read and written, net headers included. */
  bytes: Count,
  /** Batches by their number of chains: each entry counts those from `atLeast` up to the next entry's. */
  batches: z.array(z.object({ atLeast: Count, count: Count })).readonly(),
  /** Frames dropped, by reason; only reasons that occurred. */
  drops: z.record(z.string(), Count),
});
export type QueueStatistics = Readonly<z.infer<typeof QueueStatistics>>;
