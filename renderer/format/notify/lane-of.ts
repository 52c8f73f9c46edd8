/**
 * One lane of the notify map: four cells from the guest's notify slot to the device's page, the links between
 * them, and the first hop where what is expected and what is seen disagree. A link is drawn as strong as the
 * evidence for it and no stronger. Pure.
 */
import { describe } from '../../../app/contract/describe.ts';
import { acceleratedLane } from './accelerated-lane.ts';
import { checksOf } from './checks.ts';
import type { NotifyFacts } from './facts.ts';
import type { Lane } from './lane.ts';
import { softwareLane } from './software-lane.ts';

export function laneOf(facts: NotifyFacts): Lane {
  const { queue } = facts;
  const description = describe(queue);
  const isPlain = description.servedBy === 'engine' && queue.notifyRegion === null;
  const parts = isPlain ? softwareLane(facts, description) : acceleratedLane(facts, description);
  return {
    index: queue.index,
    queue,
    description,
    ...parts,
    relay: description.notify === 'relay' ? `${queue.kickIdentity ?? 'kick eventfd'} → one host store` : null,
    checks: checksOf(facts),
  };
}
