/** The program inside a machine whose kernel has no IOMMU. */
import { strict as assert } from 'node:assert';
import { runCases } from './cases.ts';
import { FIRST, vfio } from './functions.ts';

await runCases({
  'without an IOMMU a function is neither bound nor used, with the remedy': async (bench) => {
    const shown = await vfio(bench, ['show', FIRST]);
    assert.equal(shown.code, 3);
    assert.match(shown.output, /No IOMMU isolates 0000:00:10\.0/);
    assert.match(shown.output, /intel_iommu=on/);
    const bound = await vfio(bench, ['bind', FIRST, '--yes']);
    assert.notEqual(bound.code, 0);
    assert.match(bound.output, /No IOMMU isolates/);
    return undefined;
  },
});
