import { describe, expect, it } from 'vitest';
import type { HardwareSnapshot } from '../../../app/contract/snapshot.ts';
import { receivesText, regionsText, vectorsText, viableText } from './hardware.ts';

const hardware = (change: Partial<HardwareSnapshot> = {}): HardwareSnapshot => ({
  address: '0000:00:10.0',
  driver: 'vfio-pci',
  numaNode: 0,
  viable: true,
  mac: null,
  link: null,
  receives: null,
  vectors: { total: 4, used: 2 },
  regions: [
    { bar: 1, size: '0x1000', mappable: [] },
    { bar: 4, size: '0x4000', mappable: [{ offset: '0x0', size: '0x4000' }] },
  ],
  ...change,
});

describe('A real device', () => {
  it('tells its regions: all of one, nothing of one, or the parts between holes', () => {
    expect(regionsText(hardware())).toBe('BAR 1: 0x1000 not mappable; BAR 4: 0x4000 mappable');
    const mappable = [
      { offset: '0x0', size: '0x1000' },
      { offset: '0x2000', size: '0x2000' },
    ];
    expect(regionsText(hardware({ regions: [{ bar: 4, size: '0x4000', mappable }] }))).toBe(
      'BAR 4: 0x4000 mappable: 0x1000 at 0x0, 0x2000 at 0x2000',
    );
  });

  it('tells vectors used and free, and whether its group is viable', () => {
    expect(vectorsText(hardware())).toBe('2 used, 2 free');
    expect(viableText(hardware())).toBe('yes');
    expect(viableText(hardware({ viable: false }))).toMatch(/^no/);
  });

  it.each([
    [null, '—'],
    [{ kind: 'everything', mac: null, source: null, problem: null }, 'every frame of its network'],
    [
      { kind: 'as-reset', mac: null, source: null, problem: null },
      'what its reset leaves: it cannot be told',
    ],
    [
      { kind: 'address', mac: '52:54:00:00:01:00', source: 'endpoint', problem: null },
      'frames for 52:54:00:00:01:00 (mac= of the endpoint), broadcasts and groups',
    ],
    [
      { kind: null, mac: null, source: null, problem: 'the device does not answer a command' },
      '— (the device does not answer a command)',
    ],
  ] as const)('tells which frames it takes: %j', (receives, text) => {
    expect(receivesText(hardware({ receives }))).toBe(text);
  });

  it('that was not opened, or is simulated, is a dash', () => {
    const closed = hardware({ vectors: null, regions: [], viable: null });
    expect([regionsText(closed), vectorsText(closed), viableText(closed)]).toEqual(['—', '—', '—']);
    expect(regionsText(null)).toBe('—');
  });
});
