/**
 * Real QEMU with a vIOMMU as the front-end: it answers the engine's misses from its page tables, and what its guest
 * invalidates is not used any more.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import { FEATURE } from './drivers/virtio-pci.ts';
import { IOVA_SHIFT, Vtd } from './drivers/vtd.ts';
import { until } from './drivers/wait.ts';

const RX = 0;
const TX = 1;
const FEATURES = FEATURE.version1 | FEATURE.mrgRxbuf | FEATURE.accessPlatform;
const PAGE = 4096;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench, ['vm0,iommu=on']);
});
afterEach((context) => endBench(bench, context));

const nic = (iovaShift = 0): Promise<QtestNic> =>
  QtestNic.start(
    bench,
    { socket: doorbell.socket, device: 'iommu_platform=on,ats=on' },
    { iommu: true, iovaShift },
  );

async function pings(of: QtestNic, count: number): Promise<void> {
  for (let echo = 0; echo < count; echo++) await of.ping();
}

describe.skipIf(isMissing('qemu'))(titled('QEMU with a vIOMMU', 'qemu'), () => {
  it('whose translation is off answers misses with the addresses themselves', async () => {
    const guest = await nic();
    await guest.startDriver(FEATURES);
    await pings(guest, 5);
    expect(await doorbell.queue(TX)).toMatchObject({ phase: 'software', evidence: 3, reason: null });
  });

  it('answers misses from its page tables, and again after each invalidation', async () => {
    const guest = await nic(IOVA_SHIFT);
    const vtd = await Vtd.enable(guest.qtest);
    await guest.startDriver(FEATURES);
    await pings(guest, 3);
    for (const { addresses } of [guest.rx, guest.tx])
      for (const at of [addresses.desc, addresses.avail, addresses.used, addresses.desc + 4 * PAGE]) {
        await vtd.invalidate(at);
        await pings(guest, 1);
      }
    expect(await doorbell.queue(RX)).toMatchObject({ phase: 'software', reason: null });
    expect(await doorbell.queue(TX)).toMatchObject({ phase: 'software', reason: null });
  });

  it('that moved a page under an address is followed to the new one', async () => {
    const guest = await nic(IOVA_SHIFT);
    const vtd = await Vtd.enable(guest.qtest);
    await guest.startDriver(FEATURES);
    await pings(guest, 2);
    // The used ring of TX lies elsewhere from now on, with what it held.
    const { used } = guest.tx.addresses;
    const elsewhere = 0x1f_0000;
    await guest.qtest.write(elsewhere, await guest.qtest.read(used, PAGE));
    await vtd.map(used, elsewhere);
    await vtd.invalidate(used);
    const before = await guest.tx.usedIndex();
    await pings(guest, 3);
    expect(await guest.tx.usedIndex()).toBe(before);
    expect(await guest.qtest.load(2, elsewhere + 2)).toBe(before + 3);
  });

  it('that has no translation any more breaks the ring that needs it, with the reason, and no other', async () => {
    const guest = await nic(IOVA_SHIFT);
    const vtd = await Vtd.enable(guest.qtest);
    await guest.startDriver(FEATURES);
    await pings(guest, 2);
    for (let page = 4; page < 20; page++) {
      await vtd.map(guest.tx.addresses.desc + page * PAGE, null);
      await vtd.invalidate(guest.tx.addresses.desc + page * PAGE);
    }
    await guest.send(Buffer.alloc(60));
    await until('the ring to break', async () => (await doorbell.queue(TX)).phase === 'down');
    expect((await doorbell.queue(TX)).reason?.code).toBe('iommu-translation-refused');
    expect(await doorbell.queue(RX)).toMatchObject({ phase: 'software', reason: null });
  });

  it('passthru is refused while it is active, by its own reason', async () => {
    const guest = await nic();
    await guest.startDriver(FEATURES);
    await pings(guest, 1);
    const { code } = await doorbell.set(TX, 'accelerated');
    expect(code).toBe(3);
    expect(await doorbell.queue(TX)).toMatchObject({ phase: 'software', reason: { code: 'iommu-active' } });
    await pings(guest, 3);
  });
});
