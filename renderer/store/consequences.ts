/**
 * What a change would do beyond what its switch says, told before it is made: which queues cannot take it now,
 * which others would move with them, what is in flight. Pure; from the engine's records alone.
 */
import type { AcceleratorSnapshot, QueueSnapshot } from '../../app/contract/snapshot.ts';
import type { Desired } from '../../app/contract/words.ts';
import { planOf } from './change-course.ts';
import { parseKey, refOf, type QueueKey } from '../../app/contract/queue-key.ts';
import type { PanelState } from './state.ts';

/** From this many queues on a change is shown before it is made. */
export const MANY = 9;

export type Consequence =
  /** The device stops all of its queues as a unit: these are not part of the change and move with it. */
  | { readonly kind: 'siblings'; readonly accelerator: string; readonly siblings: readonly string[] }
  /** The device can only start at index 0, so what is in flight, and a whole turn of the ring, has to pass first. */
  | { readonly kind: 'wrap'; readonly accelerator: string; readonly inFlight: number }
  | { readonly kind: 'many'; readonly queues: number };

export type Block = 'migration' | 'no-accelerator' | 'unknown-accelerator';

export interface Preview {
  readonly change: readonly QueueKey[];
  readonly already: readonly QueueKey[];
  readonly blocked: ReadonlyMap<QueueKey, Block>;
  readonly consequences: readonly Consequence[];
}

type Known = Pick<PanelState, 'queues' | 'sessions' | 'accelerators'>;

export interface Wish {
  readonly keys: readonly QueueKey[];
  readonly desired: Desired;
  /** Null: the endpoint's first. */
  readonly accelerator: string | null;
}

export function previewOf(state: Known, { keys, desired, accelerator }: Wish): Preview {
  const plan = planOf(state, keys, desired);
  // Another accelerator is a change of a queue that is wanted accelerated already.
  const elsewhere = plan.already.filter(
    (key) => accelerator !== null && state.queues.get(key)?.accelerator !== accelerator,
  );
  const wanted = [...plan.change, ...(desired === 'accelerated' ? elsewhere : [])];
  const blocked = new Map<QueueKey, Block>();
  for (const key of wanted) {
    const block = desired === 'accelerated' ? blockOf(state, key, accelerator) : null;
    if (block !== null) blocked.set(key, block);
  }
  const change = wanted.filter((key) => !blocked.has(key));
  const already = plan.already.filter((key) => !wanted.includes(key));
  return { change, already, blocked, consequences: consequencesOf(state, change, desired, accelerator) };
}

/** Whether the operator sees the preview before anything is sent. */
export const needsConsent = ({ consequences }: Preview): boolean => consequences.length > 0;

function blockOf(state: Known, key: QueueKey, wanted: string | null): Block | null {
  const usable = state.accelerators.filter((one) => one.usable);
  if (usable.length === 0) return 'no-accelerator';
  const chosen = wanted === null ? usable[0] : usable.find(({ id }) => id === wanted);
  if (chosen === undefined) return 'unknown-accelerator';
  const session = state.sessions.find(({ name }) => name === refOf(key).session);
  const isLogging = session?.featureNames?.virtio.includes('VHOST_F_LOG_ALL') ?? false;
  return isLogging && !chosen.capabilities.logsDirtyPages ? 'migration' : null;
}

function consequencesOf(
  state: Known,
  change: readonly QueueKey[],
  desired: Desired,
  wanted: string | null,
): readonly Consequence[] {
  const found: Consequence[] = [];
  for (const device of state.accelerators) {
    const stops = change.some((key) => leaves(state, key, device.id, desired, wanted));
    const siblings = stops && !device.capabilities.stopPerQueue ? siblingsOf(device, change) : [];
    if (siblings.length > 0) found.push({ kind: 'siblings', accelerator: device.id, siblings });
    const own = change.filter((key) => deviceOf(state, key, desired, wanted) === device.id);
    if (own.length === 0) continue;
    const inFlight = own.reduce((sum, key) => sum + inFlightOf(state.queues.get(key)), 0);
    if (desired === 'accelerated' && device.capabilities.restoreIndex === 'zero-only' && inFlight > 0)
      found.push({ kind: 'wrap', accelerator: device.id, inFlight });
  }
  return change.length >= MANY ? [...found, { kind: 'many', queues: change.length }] : found;
}

/** Whether the change takes the queue off this device. */
function leaves(
  state: Known,
  key: QueueKey,
  device: string,
  desired: Desired,
  wanted: string | null,
): boolean {
  if (state.queues.get(key)?.accelerator !== device) return false;
  return desired === 'software' || (wanted !== null && wanted !== device);
}

/** The device that starts or stops a queue in this change. */
function deviceOf(state: Known, key: QueueKey, desired: Desired, wanted: string | null): string | null {
  if (desired === 'software') return state.queues.get(key)?.accelerator ?? null;
  return wanted ?? state.accelerators.find((one) => one.usable)?.id ?? null;
}

function siblingsOf(device: AcceleratorSnapshot, change: readonly QueueKey[]): readonly string[] {
  const own = new Set<string>(change);
  return (device.group?.holders ?? []).filter((holder) => {
    const key = parseKey(holder);
    return key === null || !own.has(key);
  });
}

/** Descriptors that were offered and not used yet; 0 where that is not known. */
export function inFlightOf(queue: QueueSnapshot | undefined): number {
  if (queue === undefined || queue.availIdx === null || queue.usedIdx === null) return 0;
  return (queue.availIdx - queue.usedIdx) & 0xffff;
}
