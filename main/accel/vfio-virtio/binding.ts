/** Moves a PCI function between its driver and vfio-pci, as an administrator does through sysfs. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result } from '../../base/result.ts';
import { readPciFunction, type PciFunction } from './sysfs.ts';

const PCI = '/sys/bus/pci';
const VFIO_DRIVER = 'vfio-pci';

export interface BindingStep {
  /** Of sysfs. */
  readonly file: string;
  readonly text: string;
}

export interface BindingPlan {
  readonly address: string;
  /** What will be done, one write a step; empty: nothing is left to do. */
  readonly steps: readonly BindingStep[];
}

/** `bind`: to vfio-pci. `unbind`: back to the driver that the kernel chooses for it. Changes nothing. */
export async function planBinding(
  address: string,
  to: 'bind' | 'unbind',
): Promise<Result<BindingPlan, string>> {
  const fn = await readPciFunction(address);
  if (fn === null) return err(`No PCI function has the address ${address}`);
  if (to === 'bind' && fn.group === null)
    return err(`No IOMMU isolates ${address}: turn it on with intel_iommu=on or amd_iommu=on`);
  return ok({ address, steps: stepsOf(fn, to) });
}

function stepsOf({ address, driver }: PciFunction, to: 'bind' | 'unbind'): readonly BindingStep[] {
  const done = to === 'bind' ? driver === VFIO_DRIVER : driver !== null && driver !== VFIO_DRIVER;
  if (done) return [];
  const override = join(PCI, 'devices', address, 'driver_override');
  return [
    ...(driver === null ? [] : [{ file: join(PCI, 'drivers', driver, 'unbind'), text: address }]),
    // An empty line takes an override back: the kernel then asks its drivers as at boot.
    { file: override, text: to === 'bind' ? VFIO_DRIVER : '\n' },
    { file: join(PCI, 'drivers_probe'), text: address },
  ];
}

/** Carries the steps out in order; stops at the first that fails. The answer is the driver afterwards. */
export async function carryOut(plan: BindingPlan): Promise<Result<string | null, string>> {
  for (const { file, text } of plan.steps) {
    const failed = await writeFile(file, text).then(
      () => null,
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    if (failed !== null) return err(failed);
  }
  const fn = await readPciFunction(plan.address);
  return ok(fn?.driver ?? null);
}
