/** User-mode Linux: a front-end that refuses the notify page and offers in-band notifications. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { UmlGuest } from './drivers/uml.ts';

/** VHOST_USER_PROTOCOL_F_INBAND_NOTIFICATIONS. */
const INBAND = 1n << 14n;
/** VHOST_USER_PROTOCOL_F_CONFIG. */
const CONFIG = 1n << 9n;
const MAC = '52:54:00:d0:0b:e1';
const FACTS = 'address addr_assign_type carrier mtu';
/** Of `addr_assign_type`: the device's own, and the driver's choice. */
const [PERMANENT, RANDOM] = ['0', '1'];
const TX = 1;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench, ['vm0', `told,config=on,mac=${MAC},mtu=1400`]);
});
afterEach((context) => endBench(bench, context));

const pingOnce = (guest: UmlGuest): Promise<string> =>
  guest.console.must('ping -q -c 50 -i 0.02 -W 5 10.0.0.1');

describe.skipIf(isMissing('uml'))(titled('UML guest', 'uml'), () => {
  it('pings through software, its kicks coming by eventfd', async () => {
    const guest = new UmlGuest(bench, [doorbell.socket]);
    await guest.boot();
    expect(await pingOnce(guest)).toContain(' 50 packets received');
    const session = await doorbell.session();
    expect(BigInt(session.features?.protocol ?? '0x0') & INBAND).toBe(0n);
    const tx = await doorbell.queue(TX);
    expect(tx).toMatchObject({ phase: 'software', notify: 'eventfd' });
    expect(tx.counters.kicks).toBeGreaterThan(0);
    expect(tx.counters.engineDescriptors).toBeGreaterThanOrEqual(50);
  });

  it('told the configuration has the address of its endpoint, that MTU, and carrier', async () => {
    const guest = new UmlGuest(bench, [doorbell.sockets[1] ?? '']);
    await guest.boot();
    const { features } = await doorbell.session('told');
    expect(BigInt(features?.protocol ?? '0x0') & CONFIG).toBe(CONFIG);
    const facts = await guest.console.must(`cd /sys/class/net/eth0 && cat ${FACTS} && cd /`);
    expect(facts.trim().split(/\s+/)).toEqual([MAC, PERMANENT, '1', '1400']);
    expect(await pingOnce(guest)).toContain(' 50 packets received');
  });

  it('not told the configuration takes an address at random', async () => {
    const guest = new UmlGuest(bench, [doorbell.socket]);
    await guest.boot();
    const { features } = await doorbell.session();
    expect(BigInt(features?.protocol ?? '0x0') & CONFIG).toBe(0n);
    expect(await guest.console.must('cat /sys/class/net/eth0/addr_assign_type')).toContain(RANDOM);
  });

  it('refuses the page: relay with the reason, and back, while it pings', async () => {
    const guest = new UmlGuest(bench, [doorbell.socket]);
    await guest.boot();
    const { code } = await doorbell.set('all', 'accelerated');
    expect(code).toBe(3);
    const relayed = await doorbell.queue(TX);
    expect(relayed).toMatchObject({ phase: 'relay', notify: 'relay', desired: 'accelerated' });
    expect(relayed.reason?.code).toMatch(/page-refused|bit-not-negotiated|no-backend-channel/);
    expect(await pingOnce(guest)).toContain(' 50 packets received');
    await doorbell.mustSet('all', 'software');
    expect(await pingOnce(guest)).toContain(' 50 packets received');
  });

  it('halts: the session ends without GET_VRING_BASE and the endpoint waits for the next guest', async () => {
    const guest = new UmlGuest(bench, [doorbell.socket]);
    await guest.boot();
    guest.console.post('poweroff -f');
    await doorbell.untilState('lost');
    await guest.child.end();
    const next = new UmlGuest(bench, [doorbell.socket]);
    await next.boot();
    expect(await pingOnce(next)).toContain(' 50 packets received');
  });
});
