/** Random acts of a history: mostly of one queue, and all kinds of trouble. */
import fc from 'fast-check';
import { QUEUES, type Act, type OfPanel, type OfQueue, type OfSession } from './history.ts';

/** Mostly one queue: what goes wrong needs several things to happen to the same one. */
const queue = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1 as const) },
  { weight: 2, arbitrary: fc.constantFrom(...QUEUES) },
);
const on = fc.boolean();
const ofQueue = (...acts: readonly OfQueue[]) => fc.record({ do: fc.constantFrom(...acts), queue });
const plain = (...acts: readonly (OfSession | OfPanel)[]) => fc.record({ do: fc.constantFrom(...acts) });

export const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('desire' as const),
      queue,
      desired: fc.constantFrom('software' as const, 'accelerated' as const, 'accelerated' as const),
    }),
  },
  { weight: 8, arbitrary: plain('settle') },
  { weight: 5, arbitrary: plain('answer') },
  { weight: 5, arbitrary: plain('sample') },
  { weight: 6, arbitrary: ofQueue('start', 'stop', 'traffic') },
  { weight: 2, arbitrary: ofQueue('cancel', 'acknowledge', 'kicks', 'forget', 'break') },
  // Seldom followed by a look into the maps in time: once more, or ten thousand histories may miss it.
  { weight: 1, arbitrary: ofQueue('forget') },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(20, 60, 600, 2100, 5100),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'freeze' as const,
        'page-per-vq' as const,
        'share-page' as const,
        'readable-maps' as const,
      ),
      on,
    }),
  },
  { weight: 2, arbitrary: plain('memory', 'reconnect') },
  { weight: 3, arbitrary: plain('lose-event', 'repeat-event', 'panel-lost', 'panel-back') },
);
