/** Holders of a device, `VM/index` each, sorted into their VMs. Pure. */
import { parseKey, refOf, type QueueKey } from '../../../app/contract/queue-key.ts';

export interface VmHolders {
  readonly vm: string;
  /** `key` is null for a holder that is no queue. */
  readonly queues: readonly { readonly label: string; readonly key: QueueKey | null }[];
}

export function holdersByVm(holders: readonly string[]): readonly VmHolders[] {
  const byVm = new Map<string, { label: string; key: QueueKey | null }[]>();
  for (const holder of holders) {
    const key = parseKey(holder);
    const ref = key === null ? null : refOf(key);
    const vm = ref?.session ?? 'other';
    const own = byVm.get(vm) ?? [];
    own.push({ label: ref === null ? holder : `q${ref.index}`, key });
    byVm.set(vm, own);
  }
  return [...byVm].map(([vm, queues]) => ({ vm, queues }));
}
