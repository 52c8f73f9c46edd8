import { describe, expect, it } from 'vitest';
import { parsePciAddress } from './pci-address.ts';
import type { PciFunction } from './sysfs.ts';
import { verdict, type ProbeFacts } from './verdict.ts';

const ADDRESS = '0000:00:10.0';

const fn = (change: Partial<PciFunction> = {}): PciFunction => ({
  address: ADDRESS,
  isVirtioNet: true,
  driver: 'vfio-pci',
  group: 5,
  members: [{ address: ADDRESS, driver: 'vfio-pci', isBridge: false }],
  numaNode: null,
  ...change,
});

const facts = (change: Partial<ProbeFacts> = {}): ProbeFacts => ({
  address: ADDRESS,
  function: fn(),
  access: 'granted',
  heldBy: [],
  failure: null,
  opened: { features: (1n << 32n) | (1n << 33n), vectors: 3, queues: 3 },
  ...change,
});

/** Message and remedy as one text. */
function told(change: Partial<ProbeFacts>): string {
  const { usable, problem } = verdict(facts(change));
  expect(usable).toBe(problem === null);
  return problem === null ? 'usable' : `${problem.message} → ${problem.remedy}`;
}

describe('whether a function behind VFIO is usable', () => {
  it('bound, free, opened and sound: usable', () => {
    expect(told({})).toBe('usable');
  });

  it('no such address: where to look for one', () => {
    expect(told({ function: null })).toMatch(/No PCI function .* → .*doorbell vfio list/);
  });

  it('no IOMMU: what to put on the kernel command line', () => {
    expect(told({ function: fn({ group: null, members: [] }) })).toMatch(/No IOMMU .* → .*intel_iommu=on/);
  });

  it('bound to another driver or to none: how to bind it', () => {
    expect(told({ function: fn({ driver: 'virtio-pci' }) })).toMatch(/bound to virtio-pci → .*vfio bind/);
    expect(told({ function: fn({ driver: null }) })).toMatch(/bound to no driver → .*vfio bind/);
  });

  it('a neighbour with another driver blocks the group, a bridge does not', () => {
    const members = [
      { address: ADDRESS, driver: 'vfio-pci', isBridge: false },
      { address: '0000:00:11.0', driver: 'e1000e', isBridge: false },
    ];
    expect(told({ function: fn({ members }) })).toMatch(
      /not viable: 0000:00:11.0 \(e1000e\).*vfio bind 0000:00:11/,
    );
    const bridged = members.map((one) => ({ ...one, isBridge: one.driver === 'e1000e' }));
    expect(told({ function: fn({ members: bridged }) })).toBe('usable');
  });

  it('no permission: whose file it is', () => {
    expect(told({ access: 'denied' })).toMatch(/No permission for \/dev\/vfio\/5 → .*chown/);
  });

  it('the group is open elsewhere: who holds it', () => {
    const change = {
      failure: { code: 'EBUSY', message: 'open VFIO group 5' },
      heldBy: [{ pid: 4121, name: 'qemu-system-x86' }],
    };
    expect(told(change)).toMatch(/held by pid 4121 \(qemu-system-x86\)/);
    expect(verdict(facts(change)).problem?.held).toBe(true);
  });

  it('memory that cannot be pinned: the limit to raise', () => {
    expect(told({ failure: { code: 'ENOMEM', message: 'cannot be pinned' } })).toMatch(/memlock/);
  });

  it('too few vectors, or DMA past the IOMMU: how the device has to be', () => {
    const features = (1n << 32n) | (1n << 33n);
    expect(told({ opened: { features, vectors: 2, queues: 3 } })).toMatch(
      /2 MSI-X vectors; 3 .* → .*vectors=3/,
    );
    expect(told({ opened: { features: 1n << 32n, vectors: 3, queues: 3 } })).toMatch(/ACCESS_PLATFORM/);
    expect(told({ opened: { features: 1n << 33n, vectors: 3, queues: 3 } })).toMatch(/VERSION_1/);
  });
});

describe('a PCI address', () => {
  it('is completed by its domain and spelled in lower case', () => {
    expect(parsePciAddress('00:1F.2')).toEqual({ ok: true, value: '0000:00:1f.2' });
    expect(parsePciAddress(ADDRESS)).toEqual({ ok: true, value: ADDRESS });
  });

  it.each(['', '10.0', '0000:00:10', '0000:00:10.9', '0000:00:1g.0', '../0000:00:10.0'])(
    '%s is none',
    (text) => {
      expect(parsePciAddress(text).ok).toBe(false);
    },
  );
});
