/** What sysfs tells of PCI functions: identity, driver, IOMMU group. Reading it touches no device. */
import { access, constants, readFile, readdir, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';

const PCI_DEVICES = '/sys/bus/pci/devices';
const IOMMU_GROUPS = '/sys/kernel/iommu_groups';
const VIRTIO_VENDOR = 0x1af4;
/** Transitional and modern virtio-net. */
const NET_DEVICES = [0x1000, 0x1041];
/** PCI-to-PCI bridges: class 06, subclass 04. */
const BRIDGE = 0x0604;

export interface GroupMember {
  readonly address: string;
  readonly driver: string | null;
  /** A bridge between buses does no DMA of its own: whatever drives it, the group is usable. */
  readonly isBridge: boolean;
}

export interface PciFunction {
  readonly address: string;
  readonly isVirtioNet: boolean;
  /** Null: unbound. */
  readonly driver: string | null;
  /** Null: no IOMMU isolates it. */
  readonly group: number | null;
  /** Everything in its group, itself included. */
  readonly members: readonly GroupMember[];
  readonly numaNode: number | null;
}

const attribute = async (address: string, name: string): Promise<string | null> =>
  readFile(join(PCI_DEVICES, address, name), 'utf8').then(
    (text) => text.trim(),
    () => null,
  );
const linkName = async (address: string, name: string): Promise<string | null> =>
  readlink(join(PCI_DEVICES, address, name)).then(
    (target) => basename(target),
    () => null,
  );
const numberOf = (text: string | null): number => (text === null ? Number.NaN : Number(text));

async function member(address: string): Promise<GroupMember> {
  const [driver, kind] = await Promise.all([linkName(address, 'driver'), attribute(address, 'class')]);
  return { address, driver, isBridge: numberOf(kind) >> 8 === BRIDGE };
}

/** Null: no function has this address. */
export async function readPciFunction(address: string): Promise<PciFunction | null> {
  const vendor = numberOf(await attribute(address, 'vendor'));
  if (Number.isNaN(vendor)) return null;
  const [device, driver, group, node] = await Promise.all([
    attribute(address, 'device'),
    linkName(address, 'driver'),
    linkName(address, 'iommu_group'),
    attribute(address, 'numa_node'),
  ]);
  const addresses = group === null ? [] : await readdir(join(IOMMU_GROUPS, group, 'devices')).catch(() => []);
  const numaNode = numberOf(node);
  return {
    address,
    isVirtioNet: vendor === VIRTIO_VENDOR && NET_DEVICES.includes(numberOf(device)),
    driver,
    group: group === null ? null : Number(group),
    members: await Promise.all(addresses.sort().map(member)),
    numaNode: numaNode >= 0 ? numaNode : null,
  };
}

/** Addresses of all virtio-net functions. */
export async function listVirtioNet(): Promise<readonly PciFunction[]> {
  const addresses = await readdir(PCI_DEVICES).catch(() => []);
  const all = await Promise.all(addresses.sort().map(readPciFunction));
  return all.filter((one) => one?.isVirtioNet === true).flatMap((one) => (one === null ? [] : [one]));
}

export const groupFile = (group: number): string => `/dev/vfio/${group}`;

/** `missing`: no device of the group is bound to VFIO. */
export async function groupAccess(group: number): Promise<'granted' | 'denied' | 'missing'> {
  return access(groupFile(group), constants.R_OK | constants.W_OK).then(
    () => 'granted',
    (error: unknown) =>
      error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'missing' : 'denied',
  );
}
