/** What the command line needs to know about PCI functions and VFIO; no engine takes part. */
export { carryOut, planBinding, type BindingPlan } from '../../main/accel/vfio-virtio/binding.ts';
export { viewAll, viewFunction, type OutsideView } from '../../main/accel/vfio-virtio/outside.ts';
export { parsePciAddress } from '../../main/accel/vfio-virtio/pci-address.ts';
