/** The kernel's real VFIO with a real virtio-net function, inside a machine that has a vIOMMU. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../peers/drivers/children.ts';
import { isMissing, titled } from '../peers/drivers/manifest.ts';
import { startMachine } from './machine.ts';
import { readVerdicts, type Verdict } from './verdicts.ts';

const bench = new Bench();
let verdicts: ReadonlyMap<string, Verdict> = new Map();
let log = '';

describe.skipIf(isMissing('vfio'))(titled('real VFIO', 'vfio'), () => {
  beforeAll(async () => {
    const machine = await startMachine(bench, 'main.ts', {
      nics: [{ address: '10.0', properties: 'page-per-vq=on' }],
    });
    await machine.exit(170_000);
    log = machine.output;
    verdicts = readVerdicts(log);
  });
  afterAll(() => bench.end());

  it.each(['the machine has IOMMU groups and a driver for VFIO'])('%s', (name) => {
    const verdict = verdicts.get(name);
    expect(verdict, `no verdict on the console:\n${log}`).toBeDefined();
    expect(verdict?.passed, `${verdict?.detail ?? ''}\nthe console:\n${log}`).toBe(true);
  });
});
