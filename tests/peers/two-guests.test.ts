/** Two Linux guests that reach each other through the switch while their queues are switched under them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';
import { sleep, until } from './drivers/wait.ts';

const soak = process.env.DOORBELL_SOAK !== undefined;
/** Guests without hardware virtualization move a few MB each second. */
const MEGABYTES = soak ? 100 : 8;
const EVERY_MS = 1000;
const TRANSFER_MS = 600_000;
const PORT = 5000;

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

/** Toggles all queues of both sessions every second, until told to stop; → the toggles done. */
function toggling(doorbell: Doorbell): { stop(): Promise<number> } {
  let stopped = false;
  const run = async (): Promise<number> => {
    let done = 0;
    for (; !stopped; done++) {
      const begin = Date.now();
      const desired = done % 2 === 0 ? 'accelerated' : 'software';
      for (const name of ['vm0', 'vm1']) await doorbell.mustSet('all', desired, name);
      await sleep(Math.max(0, EVERY_MS - (Date.now() - begin)));
    }
    return done;
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      return running;
    },
  };
}

const sumOf = (output: string): string => output.trim().split(/\s+/)[0] ?? '';

/** Sends a file of random bytes by TCP; both ends' sums. */
async function transfer(
  from: QemuGuest,
  to: QemuGuest,
  address: string,
): Promise<{ readonly sent: string; readonly received: string }> {
  await from.console.must(`dd if=/dev/urandom of=/tmp/data bs=1M count=${MEGABYTES}`);
  const sent = sumOf(await from.console.must('md5sum /tmp/data'));
  // Its input stays open, or it would end the connection at once.
  await to.console.must('mkfifo /tmp/open && exec 9<>/tmp/open');
  await to.console.must(`(nc -l -p ${PORT} <&9 | md5sum > /tmp/sum; touch /tmp/received) & true`);
  await until('the receiver listens', async () =>
    (await to.console.must('netstat -tln')).includes(`:${PORT}`),
  );
  await from.console.must(`nc ${address} ${PORT} < /tmp/data`, TRANSFER_MS);
  await until('the receiver is done', async () => (await to.console.run('test -e /tmp/received')).code === 0);
  return { sent, received: sumOf(await to.console.must('cat /tmp/sum')) };
}

describe.skipIf(isMissing('qemu'))(titled('Two QEMU guests', 'qemu'), () => {
  it(
    `ping each other and move ${MEGABYTES} MB by TCP, whole, while all their queues are toggled every second`,
    { timeout: TRANSFER_MS + 120_000 },
    async () => {
      const doorbell = await Doorbell.serve(bench, ['vm0', 'vm1']);
      const [a, b] = doorbell.sockets.map((socket, i) =>
        QemuGuest.start(bench, { socket, mac: `52:54:00:00:00:0${i + 1}` }, { mebibytes: soak ? 384 : 256 }),
      );
      if (a === undefined || b === undefined) throw new Error('two sockets were asked for');
      await Promise.all([a.boot('10.0.0.2/24'), b.boot('10.0.0.3/24')]);
      const toggles = toggling(doorbell);
      expect(await a.ping('10.0.0.3', 100, 0.02)).toEqual({ sent: 100, received: 100 });
      const begin = Date.now();
      const { sent, received } = await transfer(a, b, '10.0.0.3');
      const seconds = (Date.now() - begin) / 1000;
      expect(received).toBe(sent);
      const done = await toggles.stop();
      console.log(`${MEGABYTES} MB in ${seconds.toFixed(1)} s, ${done} toggles of both VMs`);
      expect(done).toBeGreaterThanOrEqual(3);
      expect(a.child.ended).toBeUndefined();
      expect(b.child.ended).toBeUndefined();
    },
  );
});
