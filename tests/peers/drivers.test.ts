/**
 * The drivers of these tests, proven against back-ends that are not ours: what fails later is then the
 * engine's doing.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';
import { QtestNic } from './drivers/qtest-nic.ts';
import { Testpmd } from './drivers/testpmd.ts';
import { UmlGuest } from './drivers/uml.ts';
import { until } from './drivers/wait.ts';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

async function netVhost(): Promise<string> {
  const socket = bench.path('vhost.sock');
  const backEnd = Testpmd.backEnd(bench, socket);
  await backEnd.ready();
  await backEnd.command('start');
  return socket;
}

describe.skipIf(isMissing('qemu'))(titled('qtest QEMU', 'qemu'), () => {
  it("pings through QEMU's own user network", async () => {
    const nic = await QtestNic.start(bench, { socket: null });
    await nic.startDriver();
    await nic.ping('10.0.2.2');
  });

  it.skipIf(isMissing('testpmd'))(titled('pings through net_vhost', 'testpmd'), async () => {
    const nic = await QtestNic.start(bench, { socket: await netVhost() });
    await nic.startDriver();
    for (let echo = 0; echo < 20; echo++) await nic.ping('10.0.0.1');
  });
});

describe.skipIf(isMissing('qemu') || isMissing('testpmd'))(titled('QEMU guest', 'qemu'), () => {
  it('boots, pings, rebinds and reboots over net_vhost', async () => {
    const guest = QemuGuest.start(bench, { socket: await netVhost() });
    await guest.boot();
    expect(await guest.ping('10.0.0.1', 50, 0.02)).toMatchObject({ sent: 50, received: 50 });
    await guest.rebind();
    expect(await guest.ping('10.0.0.1', 10, 0.02)).toMatchObject({ sent: 10, received: 10 });
    await guest.reboot();
    expect(await guest.ping('10.0.0.1', 10, 0.02)).toMatchObject({ sent: 10, received: 10 });
  });
});

describe.skipIf(isMissing('uml'))(titled('UML guest', 'uml'), () => {
  // Not over net_vhost: it offers a control queue that it never answers, and Linux waits for it forever.
  it('boots and carries out commands', async () => {
    const guest = new UmlGuest(bench, []);
    await guest.console.ready();
    expect(await guest.console.must('uname -m')).toContain('x86_64');
    expect(await guest.console.run('false')).toMatchObject({ code: 1 });
  });
});

describe.skipIf(isMissing('testpmd'))(titled('testpmd', 'testpmd'), () => {
  it('sends as virtio-user into net_vhost', async () => {
    const socket = bench.path('vhost.sock');
    const backEnd = Testpmd.backEnd(bench, socket, 'rxonly');
    await backEnd.ready();
    await backEnd.command('start');
    const frontEnd = Testpmd.frontEnd(bench, socket, { mode: 'txonly' });
    await frontEnd.ready();
    await frontEnd.command('start');
    await until(
      '100 000 frames arrive',
      async () => (await backEnd.statistics()).received > 100_000,
      20_000,
      200,
    );
  });
});
