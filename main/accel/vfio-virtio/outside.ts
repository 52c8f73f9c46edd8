/** A PCI function as it looks from outside, for people who choose or prepare one: nothing is opened. */
import { findHolders } from './held-by.ts';
import { groupAccess, listVirtioNet, readPciFunction, type PciFunction } from './sysfs.ts';
import { blocksGroup, verdict, type Holder } from './verdict.ts';

export interface OutsideView {
  readonly address: string;
  readonly driver: string | null;
  readonly group: number | null;
  readonly viable: boolean | null;
  readonly devices: readonly {
    readonly address: string;
    readonly driver: string | null;
    readonly blocks: boolean;
  }[];
  readonly numaNode: number | null;
  readonly heldBy: readonly Holder[];
  /** As far as can be told without opening it. */
  readonly usable: boolean;
  readonly problem: { readonly message: string; readonly remedy: string } | null;
}

/** Counts as opened and sound: what only opening tells is the engine's to find. */
const SOUND = { features: ~0n, vectors: 0xffff, queues: 2 };

async function viewOf(address: string, fn: PciFunction | null): Promise<OutsideView> {
  const group = fn?.group ?? null;
  const access = group === null ? null : await groupAccess(group);
  const heldBy = group === null || fn?.driver !== 'vfio-pci' ? [] : await findHolders(group);
  const failure = heldBy.length === 0 ? null : { code: 'EBUSY', message: 'open elsewhere' };
  const answer = verdict({ address, function: fn, access, heldBy, failure, opened: SOUND });
  const { usable, problem } = answer;
  return {
    address,
    driver: fn?.driver ?? null,
    group,
    viable: fn === null || group === null ? null : !fn.members.some(blocksGroup),
    devices: (fn?.members ?? []).map((one) => ({
      address: one.address,
      driver: one.driver,
      blocks: blocksGroup(one),
    })),
    numaNode: fn?.numaNode ?? null,
    heldBy,
    usable,
    problem: problem === null ? null : { message: problem.message, remedy: problem.remedy },
  };
}

export const viewFunction = async (address: string): Promise<OutsideView> =>
  viewOf(address, await readPciFunction(address));

/** Every virtio-net function of this machine. */
export async function viewAll(): Promise<readonly OutsideView[]> {
  const all = await listVirtioNet();
  return Promise.all(all.map((fn) => viewOf(fn.address, fn)));
}
