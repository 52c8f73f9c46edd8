/** Whether a PCI function can serve as an accelerator: a reason and a remedy for every no. */
import { groupFile, type GroupMember, type PciFunction } from './sysfs.ts';

export interface Holder {
  readonly pid: number;
  readonly name: string | null;
}

/** All that the verdict is about; what was not asked is null. */
export interface ProbeFacts {
  readonly address: string;
  readonly function: PciFunction | null;
  readonly access: 'granted' | 'denied' | 'missing' | null;
  /** Who else has the group open. */
  readonly heldBy: readonly Holder[];
  /** How opening the function failed. */
  readonly failure: { readonly code: string; readonly message: string } | null;
  /** What was found on opening it. */
  readonly opened: { readonly features: bigint; readonly vectors: number; readonly queues: number } | null;
}

export interface Verdict {
  readonly usable: boolean;
  /** Why not, and what a person can do about it. */
  readonly problem: {
    readonly message: string;
    readonly remedy: string;
    /** Another process has it for now. */
    readonly held: boolean;
  } | null;
}

const VFIO_DRIVER = 'vfio-pci';
/** With these a group is viable: they do no DMA. */
const HARMLESS = [VFIO_DRIVER, 'pci-stub', 'pcieport'];
const VERSION_1 = 1n << 32n;
const ACCESS_PLATFORM = 1n << 33n;
/** Configuration, receive, transmit. */
export const VECTORS_NEEDED = 3;

export const blocksGroup = ({ driver, isBridge }: GroupMember): boolean =>
  driver !== null && !isBridge && !HARMLESS.includes(driver);

export const heldText = (holders: readonly Holder[]): string =>
  holders.map(({ pid, name }) => `held by pid ${pid}${name === null ? '' : ` (${name})`}`).join(', ');

const no = (message: string, remedy: string, held = false): Verdict => ({
  usable: false,
  problem: { message, remedy, held },
});

export function verdict(facts: ProbeFacts): Verdict {
  return bindingProblem(facts) ?? openingProblem(facts) ?? { usable: true, problem: null };
}

function bindingProblem({ address, function: fn, access }: ProbeFacts): Verdict | null {
  if (fn === null)
    return no(`No PCI function has the address ${address}`, 'Look the address up with: doorbell vfio list');
  if (!fn.isVirtioNet)
    return no(`${address} is no virtio-net function`, 'Look for one with: doorbell vfio list');
  if (fn.group === null)
    return no(
      `No IOMMU isolates ${address}`,
      'Turn the IOMMU on in the firmware and with intel_iommu=on or amd_iommu=on on the kernel command line',
    );
  if (fn.driver !== VFIO_DRIVER)
    return no(
      fn.driver === null ? `${address} is bound to no driver` : `${address} is bound to ${fn.driver}`,
      `Bind it to VFIO with: doorbell vfio bind ${address}`,
    );
  const blocking = fn.members.filter(blocksGroup);
  if (blocking.length > 0) {
    const names = blocking.map((one) => `${one.address} (${one.driver ?? ''})`).join(', ');
    return no(
      `Group ${fn.group} is not viable: ${names} in it is bound to another driver`,
      `Bind all of the group to VFIO with: ${blocking.map((one) => `doorbell vfio bind ${one.address}`).join('; ')}`,
    );
  }
  if (access === 'missing')
    return no(`${groupFile(fn.group)} is missing`, 'Load the vfio-pci and vfio_iommu_type1 modules');
  if (access === 'denied')
    return no(
      `No permission for ${groupFile(fn.group)}`,
      `Give it to the user of Doorbell: chown $USER ${groupFile(fn.group)}`,
    );
  return null;
}

function openingProblem({ address, function: fn, heldBy, failure, opened }: ProbeFacts): Verdict | null {
  const group = fn?.group ?? '';
  if (failure?.code === 'EBUSY')
    return no(
      heldBy.length === 0 ? `Group ${group} is open elsewhere` : `Group ${group} is ${heldText(heldBy)}`,
      'It is free when the VMM has unmapped the notify page and nobody has the group open',
      true,
    );
  if (failure !== null)
    return no(
      `${address}: ${failure.message}`,
      failure.code === 'ENOMEM'
        ? 'Raise the memlock limit above the memory of the guest'
        : 'Look at the kernel log; docs/vfio.md lists what is supported',
    );
  if (opened === null) return no(`${address} was not looked at yet`, 'Wait a moment');
  if ((opened.features & VERSION_1) === 0n)
    return no(`${address} does not offer VERSION_1`, 'Use a modern virtio function');
  if ((opened.features & ACCESS_PLATFORM) === 0n)
    return no(
      `${address} does not offer ACCESS_PLATFORM: its DMA would bypass the IOMMU`,
      'Use a function whose DMA is translated; in QEMU: iommu_platform=on',
    );
  if (opened.vectors < VECTORS_NEEDED)
    return no(
      `${address} has ${opened.vectors} MSI-X vectors; ${VECTORS_NEEDED} are needed`,
      `Give the function ${VECTORS_NEEDED} vectors or more; in QEMU: vectors=${VECTORS_NEEDED}`,
    );
  return null;
}
