/** The kernel's real VFIO with a real virtio-net function, inside a machine that has a vIOMMU. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench } from '../peers/drivers/children.ts';
import { isMissing, titled } from '../peers/drivers/manifest.ts';
import { attend, pcapOf, startMachine, type Nic } from './machine.ts';
import { marksIn, probesIn, STORES, UPLINK_FRAMES, UPLINK_PARTS } from './marked-frame.ts';
import { readVerdicts, type Verdict } from './verdicts.ts';
import { readUplinkFigures, readWrapFigures } from './wrap-figures.ts';

const FIRST: Nic = { address: '10.0', properties: 'page-per-vq=on' };
const SECOND: Nic = { address: '12.0', properties: 'page-per-vq=on' };
const NICS: readonly Nic[] = [
  FIRST,
  { address: '11.0' },
  SECOND,
  { address: '13.0', properties: 'page-per-vq=on,vectors=2' },
  { address: '14.0', properties: 'page-per-vq=on,queue_reset=off' },
  { address: '15.0', properties: 'page-per-vq=on' },
];
/** Boots fast, but everything inside is emulated, twice. */
const LONGEST_MS = 500_000;
/** 65 536 descriptors through an emulated machine take a minute. */
const LONG = process.env['DOORBELL_LONG'] === '1';
const TWENTY_TOGGLES = 'both queues go to the device at the wrap under traffic and come back, twenty times';
const ONE_NETWORK = 'a queue that goes to the device at the wrap and comes back stays on one network';
const CASES = [
  'the machine has IOMMU groups and a driver for VFIO',
  'functions are bound to VFIO by the command',
  'a queue starts on the device: page accepted, stores without kicks, interrupts without the engine',
  TWENTY_TOGGLES,
  'one network in software and on the device, each queue for itself, back at the exact index',
  ONE_NETWORK,
  'the link of the network behind the device reaches the guest’s front-end, in software and on the device',
  'a function takes all frames until the guest’s address is known, then those for it',
  'a front-end that refuses the page: relay with the reason',
  'a device whose queues share a page: none is offered, relay with the reason',
  'a device that cannot stop one queue alone: with consent its queues come back together',
  'a device that fails gives its rings back, and serves the guest’s next start',
  'unfit functions are told apart, with the remedy, and left alone',
  'a group that the user may not open, with its remedy; then served, up to the memlock limit',
  'a group that is open elsewhere is waited for, with its holder named',
  'two guests on two functions: holders right after each step, one guest a group',
  'an engine that was killed leaves its group free once the front-end let go',
  'the rfc2018 dialect with the real group: counted, mapped, rung, released',
] as const;

const bench = new Bench();
let verdicts: ReadonlyMap<string, Verdict> = new Map();
let log = '';

function expectPassed(of: ReadonlyMap<string, Verdict>, console: string, name: string): void {
  const verdict = of.get(name);
  expect(verdict, `no verdict on the console:\n${console}`).toBeDefined();
  expect(verdict?.passed, `${verdict?.detail ?? ''}\nthe console:\n${console}`).toBe(true);
}

describe.skipIf(isMissing('vfio'))(titled('real VFIO', 'vfio'), () => {
  beforeAll(async () => {
    const machine = await startMachine(bench, 'main.ts', { nics: NICS });
    // What it said until then is told by the cases that are missing.
    await attend(bench, machine, LONGEST_MS).catch(() => undefined);
    log = machine.output;
    verdicts = readVerdicts(log);
    for (const { name, seconds, detail } of verdicts.values())
      console.log(`${seconds.toFixed(1).padStart(6)} s  ${name}${detail === '' ? '' : `: ${detail}`}`);
  });
  afterAll(() => bench.end());

  it.each(CASES)('%s', (name) => {
    expectPassed(verdicts, log, name);
  });

  it('what was stored to the page is on the network behind the device, and software frames are not', () => {
    const marks = marksIn(pcapOf(bench, FIRST));
    const stored = Array.from({ length: STORES }, (_, number) => `passthru ${number}`);
    expect(marks.filter((mark) => mark.startsWith('passthru'))).toEqual(stored);
    expect(marks.filter((mark) => mark.startsWith('software'))).toEqual([]);
    expect(marks.filter((mark) => mark.startsWith('relay'))).toHaveLength(4);
  });

  it('what a guest on the device’s network sent is there in order, each frame once, from software too', () => {
    const marks = marksIn(pcapOf(bench, FIRST)).filter((mark) => mark.startsWith('uplink'));
    expect(marks).toEqual(
      Array.from({ length: UPLINK_PARTS * UPLINK_FRAMES }, (_, number) => `uplink ${number}`),
    );
  });

  it('all that was sent across toggles at the wrap is on the one network, each frame once', () => {
    const { sent, byDevice } = readUplinkFigures(verdicts.get(ONE_NETWORK)?.detail ?? '');
    const captured = probesIn(pcapOf(bench, SECOND));
    expect(captured).toHaveLength(sent);
    expect(new Set(captured).size).toBe(sent);
    expect(byDevice).toBeGreaterThan(0);
    expect(byDevice).toBeLessThan(sent);
  });

  it('each frame that the device took at the wrap is on the network behind it, once', () => {
    const { byDevice } = readWrapFigures(verdicts.get(TWENTY_TOGGLES)?.detail ?? '');
    const captured = probesIn(pcapOf(bench, FIRST));
    expect(captured).toHaveLength(byDevice);
    expect(new Set(captured).size).toBe(byDevice);
  });

  // Asked for, not missing: a run that does not ask has nothing to skip.
  if (LONG)
    it(
      'both queues go to the device at the first wrap that their traffic brings',
      async ({ task }) => {
        const patient = new Bench();
        try {
          const machine = await startMachine(patient, 'long.ts', { nics: [FIRST] });
          await machine.exit(LONGEST_MS);
          const verdicts = readVerdicts(machine.output);
          expectPassed(verdicts, machine.output, task.name);
          const { byDevice } = readWrapFigures(verdicts.get(task.name)?.detail ?? '');
          expect(probesIn(pcapOf(patient, FIRST))).toHaveLength(byDevice);
        } finally {
          await patient.end();
        }
      },
      LONGEST_MS,
    );

  it('without an IOMMU a function is neither bound nor used, with the remedy', async () => {
    const bare = new Bench();
    try {
      const machine = await startMachine(bare, 'no-iommu.ts', { nics: [FIRST], iommu: false });
      await machine.exit(LONGEST_MS);
      const name = 'without an IOMMU a function is neither bound nor used, with the remedy';
      expectPassed(readVerdicts(machine.output), machine.output, name);
    } finally {
      await bare.end();
    }
  }, 600_000);
});
