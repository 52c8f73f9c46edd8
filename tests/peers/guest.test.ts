/** A real Linux driver in QEMU: what a guest does while its queues are switched under it. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';
import { until } from './drivers/wait.ts';

const RX = 0;
const TX = 1;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

async function mapped(doorbell: Doorbell, name = 'vm0'): Promise<void> {
  for (const index of [RX, TX])
    await doorbell.untilQueue(
      'mapped',
      index,
      (queue) => queue.phase === 'mapped' && queue.evidence >= 1,
      name,
      30_000,
    );
}

describe.skipIf(isMissing('qemu'))(titled('QEMU guest', 'qemu'), () => {
  it('loses no ping while its queues are switched 20 times', async () => {
    const doorbell = await Doorbell.serve(bench);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket });
    await guest.boot();
    expect(await guest.ping('10.0.0.1', 5, 0.02)).toEqual({ sent: 5, received: 5 });
    const toggling = async (): Promise<void> => {
      for (let toggle = 0; toggle < 20; toggle++)
        await doorbell.mustSet(TX, toggle % 2 === 0 ? 'accelerated' : 'software');
    };
    const [pinged] = await Promise.all([guest.ping('10.0.0.1', 600, 0.016), toggling()]);
    expect(pinged).toMatchObject({ sent: 600, received: 600 });
    expect(guest.child.ended).toBeUndefined();
  });

  it('unbinds, binds and reboots: desired queues are mapped again by themselves', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket });
    await guest.boot();
    for (const restart of [() => Promise.resolve(), () => guest.rebind(), () => guest.reboot()]) {
      await restart();
      await mapped(doorbell);
      expect(await guest.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
      await doorbell.untilQueue('proven', TX, (queue) => queue.evidence === 3);
    }
    expect(guest.child.ended).toBeUndefined();
  });

  it("connects by the panel's own command line", async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
    const { commandLine } = await doorbell.snapshot();
    const guest = QemuGuest.byCommandLine(bench, commandLine);
    await guest.boot();
    await mapped(doorbell);
    expect(await guest.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
  });

  it('has its NIC unplugged while mapped, and plugged again', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket });
    await guest.boot();
    await mapped(doorbell);
    const qmp = await guest.qmp();
    await qmp.call('device_del', { id: 'nic-n0' });
    await until('the device is gone', () => qmp.events.includes('DEVICE_DELETED'), 30_000);
    await doorbell.untilQueue('down', TX, (queue) => queue.phase === 'down');
    await qmp.call('device_add', {
      driver: 'virtio-net-pci',
      netdev: 'n0',
      id: 'nic-again',
      addr: '6',
      'disable-legacy': 'on',
      'page-per-vq': true,
      vectors: 0,
    });
    await until(
      'eth0 is back',
      async () => (await guest.console.run('test -e /sys/class/net/eth0')).code === 0,
    );
    await guest.configure();
    await mapped(doorbell);
    expect(await guest.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
  });

  it('gets more memory while mapped: the accelerator goes on with the new table', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket });
    await guest.boot();
    await mapped(doorbell);
    const plugging = async (): Promise<void> => {
      const qmp = await guest.qmp();
      await qmp.call('object-add', {
        'qom-type': 'memory-backend-memfd',
        id: 'mem1',
        size: 128 * 2 ** 20,
        share: true,
      });
      await qmp.call('device_add', { driver: 'pc-dimm', id: 'dimm1', memdev: 'mem1' });
    };
    const [pinged] = await Promise.all([guest.ping('10.0.0.1', 200, 0.02), plugging()]);
    expect(pinged).toMatchObject({ sent: 200, received: 200 });
    const { memory } = await doorbell.snapshot();
    expect(memory?.regions.some((region) => BigInt(region.size) === 128n * 2n ** 20n)).toBe(true);
    await mapped(doorbell);
    expect(guest.child.ended).toBeUndefined();
  });

  it('has several queue pairs: `ethtool -L` while accelerated', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated'], ['--queue-pairs', '4']);
    const guest = QemuGuest.start(bench, { socket: doorbell.socket, queuePairs: 4 }, { cpus: 4 });
    await guest.boot();
    await mapped(doorbell);
    for (const pairs of [4, 2, 3, 1, 4]) {
      await guest.console.must(`ethtool -L eth0 combined ${pairs}`);
      expect(await guest.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
    }
    // Those that the last change started may still hold, or wait for their answer.
    for (const { index } of (await doorbell.session()).queues)
      await doorbell.untilQueue('mapped', index, (queue) => queue.phase === 'mapped');
  });
});
