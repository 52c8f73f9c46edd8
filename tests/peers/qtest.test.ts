/**
 * QEMU as the front-end, without a guest: the doorbell page end to end, deterministic to the single store.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import type { NicOptions } from './drivers/qemu.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import { FEATURE } from './drivers/virtio-pci.ts';

/** VHOST_USER_PROTOCOL_F_CONFIG. */
const CONFIG = 1n << 9n;
const RX = 0;
const TX = 1;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench, ['vm0', 'told,config=on,mac=52:54:00:00:00:01']);
});
afterEach((context) => endBench(bench, context));

async function nic(options: Partial<NicOptions> = {}): Promise<QtestNic> {
  const started = await QtestNic.start(bench, { socket: doorbell.socket, ...options });
  await started.startDriver();
  return started;
}

async function pings(of: QtestNic, count: number): Promise<void> {
  for (let echo = 0; echo < count; echo++) await of.ping();
}

describe.skipIf(isMissing('qemu'))(titled('qtest QEMU', 'qemu'), () => {
  it('TX in software: served by the engine over the eventfd', async () => {
    const guest = await nic();
    await pings(guest, 5);
    const queue = await doorbell.queue(TX);
    expect(queue).toMatchObject({
      started: true,
      desired: 'software',
      phase: 'software',
      notify: 'eventfd',
      interrupt: 'engine',
      evidence: 3,
      reason: null,
      notifyRegion: null,
      group: null,
    });
    expect(queue.counters.kicks).toBeGreaterThan(0);
    expect(queue.counters.engineDescriptors).toBe(6); // one ARP request and five echoes
  });

  it('offered the configuration of its device takes none and warns, and its queues are served and mapped', async () => {
    const guest = await nic({ socket: doorbell.sockets[1] ?? '' });
    await pings(guest, 2);
    expect(guest.child.output).toContain('supports VHOST_USER_PROTOCOL_F_CONFIG but QEMU does not');
    const { features } = await doorbell.session('told');
    expect(BigInt(features?.protocol ?? '0x0') & CONFIG).toBe(0n);
    await doorbell.mustSet(TX, 'accelerated', 'told');
    await pings(guest, 2);
    expect(await doorbell.queue(TX, 'told')).toMatchObject({ phase: 'mapped', reason: null });
  });

  it('switched on: stores land in the page while kicks and engine descriptors stand still', async () => {
    const guest = await nic();
    await pings(guest, 2);
    await doorbell.mustSet(TX, 'accelerated');
    await doorbell.mustSet(RX, 'accelerated');
    const before = [await doorbell.queue(RX), await doorbell.queue(TX)];
    for (const queue of before) {
      expect(queue).toMatchObject({ phase: 'mapped', notify: 'mapped', interrupt: 'direct', reason: null });
      expect(queue.evidence).toBeGreaterThanOrEqual(1);
      expect(queue.notifyRegion?.mapped).toBe(true);
    }
    await pings(guest, 20);
    const [rx, tx] = [await doorbell.queue(RX), await doorbell.queue(TX)];
    for (const [index, now] of [rx, tx].entries()) {
      expect(now.counters.kicks).toBe(before[index]?.counters.kicks);
      expect(now.counters.engineDescriptors).toBe(before[index]?.counters.engineDescriptors);
      expect(now.counters.deviceDescriptors).toBe((before[index]?.counters.deviceDescriptors ?? 0) + 20);
    }
    // Stores coalesce, so the count of what was seen is an upper bound's witness, not the number of stores.
    const doorbells = (tx.counters.doorbells ?? 0) - (before[1]?.counters.doorbells ?? 0);
    expect(doorbells).toBeGreaterThan(0);
    expect(doorbells).toBeLessThanOrEqual(20);
    expect(tx.evidence).toBe(3);
    // Direct interrupts reach the guest.
    expect(await guest.pci.interruptStatus()).toBe(1);
  });

  it('switched off again: kicks travel by eventfd and the engine serves', async () => {
    const guest = await nic();
    await doorbell.mustSet('all', 'accelerated');
    await pings(guest, 3);
    await doorbell.mustSet('all', 'software');
    const before = await doorbell.queue(TX);
    expect(before).toMatchObject({ phase: 'software', notify: 'eventfd', notifyRegion: null, group: null });
    await pings(guest, 10);
    const after = await doorbell.queue(TX);
    expect(after.counters.kicks).toBeGreaterThan(before.counters.kicks ?? 0);
    expect(after.counters.engineDescriptors).toBe((before.counters.engineDescriptors ?? 0) + 10);
    expect(after.counters.deviceDescriptors).toBe(before.counters.deviceDescriptors);
    expect(after.counters.doorbells).toBe(before.counters.doorbells);
  });

  it('a VMM device without page-per-vq: relay with the reason, and traffic never stops', async () => {
    const guest = await nic({ pagePerVq: false });
    const { code, output } = await doorbell.set(TX, 'accelerated');
    expect(code).toBe(3);
    expect(output).toContain('page');
    const queue = await doorbell.queue(TX);
    expect(queue).toMatchObject({ phase: 'relay', notify: 'relay', desired: 'accelerated' });
    expect(queue.reason?.code).toBe('page-refused');
    await pings(guest, 10);
    const after = await doorbell.queue(TX);
    expect(after.counters.kicks).toBeGreaterThan(queue.counters.kicks ?? 0);
    expect(after.counters.deviceDescriptors).toBe((queue.counters.deviceDescriptors ?? 0) + 11);
    expect(after.counters.engineDescriptors).toBe(queue.counters.engineDescriptors);
  });

  it('started again: what is desired is mapped again by itself, as a new generation', async () => {
    const guest = await nic();
    await doorbell.mustSet('all', 'accelerated');
    const first = await doorbell.queue(TX);
    for (let start = 0; start < 3; start++) {
      await guest.startDriver();
      await doorbell.untilQueue(
        'mapped again',
        TX,
        (queue) => queue.phase === 'mapped' && queue.evidence >= 1,
      );
      await pings(guest, 2);
    }
    expect((await doorbell.queue(TX)).generation).toBeGreaterThanOrEqual(first.generation + 3);
  });

  it('EVENT_IDX and indirect descriptors negotiated: both owners serve on', async () => {
    const guest = await QtestNic.start(bench, { socket: doorbell.socket });
    const wanted = FEATURE.version1 | FEATURE.mrgRxbuf | FEATURE.eventIdx | FEATURE.indirectDesc;
    await guest.startDriver(wanted & (await guest.pci.offered()));
    await pings(guest, 3);
    await doorbell.mustSet('all', 'accelerated');
    await pings(guest, 3);
    await doorbell.mustSet('all', 'software');
    await pings(guest, 3);
  });

  it('TX and RX of one pair with different owners', async () => {
    const guest = await nic();
    await doorbell.mustSet(TX, 'accelerated');
    await pings(guest, 5);
    await doorbell.mustSet(TX, 'software');
    await doorbell.mustSet(RX, 'accelerated');
    await pings(guest, 5);
    expect(await doorbell.queue(RX)).toMatchObject({ phase: 'mapped' });
    expect(await doorbell.queue(TX)).toMatchObject({ phase: 'software' });
  });

  it('QEMU ends: the session is lost, desired stays and holds for the next one', async () => {
    await nic();
    await doorbell.mustSet(TX, 'accelerated');
    const [first] = (await doorbell.status()).sessions;
    expect(first?.peer?.pid).toBeGreaterThan(0);
    await bench.stop('qemu');
    await doorbell.untilState('lost');
    expect(await doorbell.queue(TX)).toMatchObject({
      desired: 'accelerated',
      phase: 'down',
      notifyRegion: null,
    });
    const again = await nic();
    await doorbell.untilQueue('mapped', TX, (queue) => queue.phase === 'mapped');
    await pings(again, 3);
  });
});
