/** What a device that cannot stop one queue alone stops together with a queue that leaves it. */
import type { CommandInput } from '../../app/contract/commands.ts';
import type { QueueRef } from '../../app/contract/events.ts';
import { refOf } from '../../app/contract/queue-key.ts';
import type { EnginePort } from './port.ts';

export interface Unit {
  readonly accelerator: string;
  readonly siblings: readonly QueueRef[];
}

/** Null where the change concerns its queue alone. */
export function unitOf(
  engine: Pick<EnginePort, 'session' | 'accelerators'>,
  { session, index, desired, accelerator }: CommandInput<'queue.set'>,
): Unit | null {
  const queue = engine.session(session)?.queues.find((one) => one.index === index);
  const leaves = desired === 'software' || (accelerator !== null && accelerator !== queue?.accelerator);
  const device = leaves ? engine.accelerators().find(({ id }) => id === queue?.accelerator) : undefined;
  if (device === undefined || device.capabilities.stopPerQueue) return null;
  const holders = (device.group?.holders ?? []).map(refOf);
  if (!holders.some((one) => one.session === session && one.index === index)) return null;
  const siblings = holders.filter((one) => one.session !== session || one.index !== index);
  return siblings.length === 0 ? null : { accelerator: device.id, siblings };
}
