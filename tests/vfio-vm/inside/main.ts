/** The program inside the machine with a vIOMMU. */
import { readFileSync, readlinkSync } from 'node:fs';
import { runCases } from './cases.ts';

await runCases({
  'the machine has IOMMU groups and a driver for VFIO': async () => {
    const group = readlinkSync('/sys/bus/pci/devices/0000:00:10.0/iommu_group');
    return Promise.resolve(`${group} ${readFileSync('/proc/sys/kernel/osrelease', 'utf8').trim()}`);
  },
});
