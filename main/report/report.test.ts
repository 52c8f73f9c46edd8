import { beforeEach, describe, expect, test } from 'vitest';
import { SessionSnapshot } from '../../app/contract/snapshot.ts';
import { areaId, effectId, fdId, memoryId } from '../engine/ids.ts';
import { frontendAddr } from '../wire/address.ts';
import type { SampleRow } from '../engine/ports.ts';
import type { Area, Page } from '../engine/state.ts';
import { queueSnapshot } from './queue-snapshot.ts';
import { Report, type Change } from './report.ts';
import { sessionSnapshot } from './session-snapshot.ts';
import {
  FAKE_OPTIONS,
  FakeAccelerator,
  fakeEndpoint,
  FakeEndpoints,
  fakeQueueState,
} from './testing/fake-endpoints.ts';

const AREA: Area = {
  id: areaId(1),
  offset: 0x3000n,
  size: 0x1000n,
  accelerator: 'acc',
  file: { kind: 'memfd', key: 'memfd:1' },
};
const SAMPLE: SampleRow = {
  kicks: 1,
  doorbells: 2,
  interrupts: null,
  calls: 4,
  engineDescriptors: 5,
  deviceDescriptors: 6,
  availIdx: 7,
  usedIdx: 8,
  provenWakes: null,
  drops: null,
  broken: null,
  blackoutNs: null,
  toStart: 65528,
};

const NETWORK = { sinkFrames: 9, sinkBytes: 576, answered: 3, dropped: 1 };

let accelerator: FakeAccelerator;
let endpoints: FakeEndpoints;
let now: number;
let report: Report;
let changes: Change[];

beforeEach(() => {
  accelerator = new FakeAccelerator('acc');
  endpoints = new FakeEndpoints([fakeEndpoint()], [accelerator]);
  now = 1000;
  report = new Report(
    endpoints,
    () => NETWORK,
    () => now,
  );
  changes = [];
  report.onChange((change) => changes.push(change));
});

const queueWith = (change: Parameters<typeof fakeQueueState>[1]) => {
  endpoints.setQueue('vm0', fakeQueueState(1, change));
  return report.session('vm0')?.queues[1];
};

describe('snapshots', () => {
  test('a ring that runs under an earlier memory table says so until it is moved', () => {
    const queue = fakeQueueState(0, { memory: memoryId(1) });
    expect(queueSnapshot(queue, [], memoryId(2)).underEarlierTable).toBe(true);
    expect(queueSnapshot({ ...queue, memory: memoryId(2) }, [], memoryId(2)).underEarlierTable).toBe(false);
    expect(queueSnapshot({ ...queue, memory: null }, [], memoryId(2)).underEarlierTable).toBe(false);
  });

  test('of a waiting endpoint parse by the contract and hold null for what is unknown', () => {
    const [session] = report.sessions();
    expect(SessionSnapshot.parse(session)).toEqual(session);
    expect(session).toMatchObject({ peer: null, features: null, memory: null });
    expect(session?.queues[0]).toMatchObject({
      size: null,
      started: false,
      phase: 'down',
      notifyRegion: null,
      group: null,
      vring: null,
      kick: null,
      counters: { kicks: null, doorbells: null, engineDescriptors: null },
    });
  });

  test('give the guest the address that was chosen for it, else that of the function whose network it is on', () => {
    accelerator.facts = {
      address: '0000:00:10.0',
      driver: 'vfio-pci',
      numaNode: null,
      viable: true,
      mac: '52:54:00:00:01:00',
      link: 'up',
      receives: null,
      vectors: null,
      regions: [],
    };
    const given = (mac: string | null): readonly (string | null | undefined)[] => {
      const options = { ...FAKE_OPTIONS, uplink: 'acc', mac };
      const session = sessionSnapshot(fakeEndpoint({ options }), [accelerator]);
      return [session.mac, /,mac=([^,]+),/.exec(session.commandLine)?.[1]];
    };
    expect(given(null)).toEqual([null, '52:54:00:00:01:00']);
    expect(given('02:00:00:00:00:09')).toEqual(['02:00:00:00:00:09', '02:00:00:00:00:09']);
  });

  test('sessions() samples the counters for the call, session() does not', () => {
    report.session('vm0');
    expect(endpoints.samples).toBe(0);
    report.sessions();
    expect(endpoints.samples).toBe(1);
  });

  test.each<[string, Page, unknown]>([
    ['none', { kind: 'none' }, null],
    ['taken', { kind: 'taken', area: AREA }, { mapped: false, offset: '0x3000', size: '0x1000' }],
    [
      'offered',
      { kind: 'offered', area: AREA, request: effectId(1), ended: false, resent: false },
      { mapped: false },
    ],
    [
      'offered anew while an earlier mapping goes on',
      { kind: 'offered', area: AREA, request: effectId(1), ended: false, resent: true },
      { mapped: true },
    ],
    ['kept by a front-end that unmapped it', { kind: 'kept', area: AREA }, { mapped: false }],
    ['mapped again by the front-end', { kind: 'restored', area: AREA }, { mapped: true }],
    ['mapped', { kind: 'mapped', area: AREA, since: 0 }, { mapped: true }],
    [
      'withdrawing',
      { kind: 'withdrawing', area: AREA, request: effectId(1), ended: false },
      { mapped: null },
    ],
    ['unconfirmed', { kind: 'unconfirmed', area: AREA, request: null, ended: false }, { mapped: null }],
  ])('a page that is %s', (_name, page, region) => {
    const snapshot = queueWith({ page })?.notifyRegion;
    expect(snapshot === null ? null : snapshot).toEqual(
      region === null ? null : expect.objectContaining(region as object),
    );
  });

  test('of a served queue name the accelerator, its group and how many queues hold it', () => {
    accelerator.holding = ['vm0/1', 'vm1/1'];
    expect(queueWith({ phase: 'mapped', owner: { kind: 'accelerator', id: 'acc' } })).toMatchObject({
      started: true,
      accelerator: 'acc',
      group: { id: 'group of acc', holders: 2, sent: false },
    });
  });

  test('spell u64 as hex and eventfds by arrival', () => {
    const at = (value: bigint) => frontendAddr(value);
    expect(
      queueWith({
        addresses: { desc: at(0xffff_ffff_ffff_f000n), avail: at(0x10n), used: at(0n) },
        kick: { kind: 'fd', fd: fdId(12), key: null },
        call: { kind: 'none' },
      }),
    ).toMatchObject({
      vring: { desc: '0xfffffffffffff000', avail: '0x10', used: '0x0' },
      kick: 'eventfd #12',
      call: 'none',
    });
  });
});

describe('counters', () => {
  test('are one sample for any number of queues, unknown ones -1', () => {
    endpoints.setQueue('vm0', fakeQueueState(1, { sample: SAMPLE }));
    const values = report.counters([
      { session: 'vm0', index: 1 },
      { session: 'vm0', index: 0 },
      { session: 'gone', index: 0 },
    ]);
    expect(values).toEqual([1, 2, -1, 4, 5, 6, 7, 8, ...new Array<number>(16).fill(-1)]);
    expect(endpoints.samples).toBe(1);
  });
});

describe('changes', () => {
  test('name the queues that changed and feed their new transitions once, with the reason', () => {
    const first = { at: 1, from: 'down', to: 'software', cause: 'SET_VRING_KICK' };
    const second = { at: 2, from: 'software', to: 'relay', cause: 'command 1' };
    const reason = { code: 'page-refused', message: 'The answer was 1', at: 3 } as const;
    endpoints.setQueue('vm0', fakeQueueState(1, { transitions: [first] }));
    endpoints.setQueue('vm0', fakeQueueState(1, { transitions: [first, second], reason }));
    endpoints.setQueue('vm0', fakeQueueState(1, { transitions: [first, second], reason, evidence: 1 }));
    expect(changes.map((change) => change.queues)).toEqual(new Array(3).fill([{ session: 'vm0', index: 1 }]));
    expect(changes.map((change) => change.feed.map((entry) => entry.message))).toEqual([
      ['tx down → software: SET_VRING_KICK'],
      ['tx software → relay: command 1', 'The answer was 1'],
      [],
    ]);
    expect(report.feed().at(-1)).toMatchObject({
      severity: 'warn',
      code: 'page-refused',
      session: 'vm0',
      queue: 1,
    });
  });

  test('name an endpoint whose link changed, and one that is gone', async () => {
    endpoints.tell({ name: 'vm0', removed: false, link: true, queues: [] });
    await endpoints.remove('vm0');
    expect(changes).toMatchObject([
      { sessions: ['vm0'], removed: [], queues: [] },
      { sessions: [], removed: ['vm0'], queues: [] },
    ]);
  });

  test('say so when an accelerator serves other queues, and only then', () => {
    accelerator.holding = ['vm0/1'];
    endpoints.setQueue('vm0', fakeQueueState(1, { phase: 'relay' }));
    endpoints.setQueue('vm0', fakeQueueState(1, { phase: 'mapped' }));
    expect(changes.map((change) => change.accelerators)).toEqual([true, false]);
  });

  test('say so when an accelerator becomes usable, or no longer is', () => {
    accelerator.changed();
    expect(changes).toMatchObject([{ sessions: [], queues: [], accelerators: true }]);
  });

  test('do not repeat a reason that the engine has logged', () => {
    const reason = { code: 'page-refused', message: 'The answer was 1', at: 3 } as const;
    endpoints.log({ ...reason, severity: 'warn', session: 'vm0', queue: 1 });
    endpoints.setQueue('vm0', fakeQueueState(1, { reason }));
    expect(report.feed().map((entry) => entry.code)).toEqual(['page-refused']);
  });

  test('carry log lines into the feed', () => {
    endpoints.log({ at: 5, severity: 'warn', session: 'vm0', queue: null, code: 'bad-size', message: 'x' });
    expect(changes[0]?.feed).toMatchObject([{ code: 'bad-size' }]);
    expect(report.feed()).toHaveLength(1);
  });

  test('after dispose nothing is heard', () => {
    report.dispose();
    endpoints.tell({ name: 'vm0', removed: false, link: true, queues: [] });
    expect(changes).toHaveLength(0);
  });
});

describe('accelerators', () => {
  test('show the share of a core of the last window, null before the first', () => {
    expect(report.accelerators()[0]?.simulatedCpu).toBeNull();
    now += 1000;
    accelerator.cpuNs = 250e6;
    expect(report.accelerators()[0]?.simulatedCpu).toBe(0.25);
    now += 10;
    expect(report.accelerators()[0]?.simulatedCpu).toBe(0.25);
  });

  test('that are hardware have no simulated share', () => {
    accelerator.cpuNs = null;
    expect(report.accelerators()[0]?.simulatedCpu).toBeNull();
  });
});
