/**
 * Live migration of a guest whose queues are accelerated: two QEMU processes, one engine, one endpoint for each. The
 * guest pings all the while; its echoes are numbered, so what is lost can be told.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { isMissing, titled } from './drivers/manifest.ts';
import { mapsOf } from './drivers/proc.ts';
import { QemuGuest } from './drivers/qemu-guest.ts';
import type { Qmp } from './drivers/qmp.ts';
import { until } from './drivers/wait.ts';

const RX = 0;
const TX = 1;
/** As the emulated accelerator names its pages. */
const NOTIFY_PAGE = 'memfd:doorbell-notify';
const Migration = z.object({ status: z.string().optional(), downtime: z.number().optional() });

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach((context) => endBench(bench, context));

async function mapped(doorbell: Doorbell, name: string): Promise<void> {
  for (const index of [RX, TX])
    await doorbell.untilQueue('mapped', index, (queue) => queue.phase === 'mapped', name, 60_000);
}

const migration = async (qmp: Qmp): Promise<z.infer<typeof Migration>> =>
  Migration.parse(await qmp.call('query-migrate'));

/** Numbers of the echoes that busybox ping printed, in the order in which they came. */
const echoes = (log: string): readonly number[] =>
  [...log.matchAll(/seq=(\d+) /g)].map((match) => Number(match[1]));

describe.skipIf(isMissing('qemu'))(titled('Live migration', 'qemu'), () => {
  it('of an accelerated guest loses no echo beyond the stop, and accelerates it again', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated', 'vm1,desired=accelerated']);
    const [from = '', to = ''] = doorbell.sockets;
    const stream = `unix:${bench.path('migration')}`;
    const source = QemuGuest.start(bench, { socket: from }, { name: 'source', mebibytes: 128 });
    const target = QemuGuest.start(
      bench,
      { socket: to },
      { name: 'target', mebibytes: 128, more: ['-incoming', stream] },
    );
    await source.boot();
    await mapped(doorbell, 'vm0');
    await source.console.must('(ping -i 0.05 10.0.0.1 > /tmp/echoes 2>&1 &)');
    await until('echoes come back', async () => {
      const { output } = await source.console.run('grep -c seq= /tmp/echoes');
      return Number(output) > 20;
    });

    const outgoing = await source.qmp();
    const incoming = await target.qmp();
    await outgoing.call('migrate', { uri: stream });
    const logging = await doorbell.untilQueue(
      'software while pages are logged',
      TX,
      (queue) => queue.phase === 'software' && queue.reason?.code === 'migration-logging',
      'vm0',
      30_000,
    );
    expect(logging).toMatchObject({ desired: 'accelerated', notifyRegion: null, accelerator: null });
    await until(
      'the source has finished',
      async () => (await migration(outgoing)).status === 'completed',
      120_000,
    );
    await until('the target runs', () => incoming.events.includes('RESUME'), 60_000);
    await mapped(doorbell, 'vm1');
    await doorbell.untilQueue('proven', TX, (queue) => queue.evidence === 3, 'vm1', 60_000);

    // The page stays on this host: neither the old process has it, nor is it part of the guest's memory.
    expect(mapsOf(source.child.pid)).not.toContain(NOTIFY_PAGE);
    expect(mapsOf(target.child.pid)).toContain(NOTIFY_PAGE);
    const { memory } = await doorbell.snapshot('vm1');
    const bytes = memory?.regions.reduce((sum, { size }) => sum + BigInt(size), 0n) ?? 0n;
    expect(bytes).toBeLessThanOrEqual(128n * 2n ** 20n);

    const seen = Number((await target.console.must('grep -c seq= /tmp/echoes')).trim());
    await until('echoes go on', async () => {
      const { output } = await target.console.run('grep -c seq= /tmp/echoes');
      return Number(output) > seen + 20;
    });
    await target.console.must('killall -INT ping');
    const numbers = echoes(await target.console.must('cat /tmp/echoes'));
    const last = numbers.at(-1) ?? 0;
    const known = new Set(numbers);
    const lost = Array.from({ length: last + 1 }, (_, number) => number).filter(
      (number) => !known.has(number),
    );
    const { downtime } = await migration(outgoing);
    console.log(`${last + 1} echoes, lost: ${lost.join(' ') || 'none'}; QEMU's downtime: ${downtime} ms`);
    // What was on its way when the guest was stopped: at 20 per second, one request at most.
    expect(lost.length).toBeLessThanOrEqual(1);
    expect(numbers).toHaveLength(known.size);
    expect(source.child.ended).toBeUndefined();
    expect(target.child.ended).toBeUndefined();
  });

  it('that is cancelled leaves the guest where it was, accelerated again', async () => {
    const doorbell = await Doorbell.serve(bench, ['vm0,desired=accelerated']);
    const source = QemuGuest.start(bench, { socket: doorbell.socket }, { mebibytes: 128 });
    await source.boot();
    await mapped(doorbell, 'vm0');
    const qmp = await source.qmp();
    // So slow that it cannot end by itself.
    await qmp.call('migrate-set-parameters', { 'max-bandwidth': 65_536 });
    await qmp.call('migrate', { uri: `exec:cat > ${bench.path('stream')}` });
    await doorbell.untilQueue(
      'software while pages are logged',
      TX,
      (queue) => queue.reason?.code === 'migration-logging' && queue.phase === 'software',
      'vm0',
      30_000,
    );
    expect(await source.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
    await qmp.call('migrate_cancel');
    await mapped(doorbell, 'vm0');
    expect((await doorbell.liveQueue(TX)).reason).toBeNull();
    expect(await source.ping('10.0.0.1', 20, 0.02)).toMatchObject({ sent: 20, received: 20 });
    expect(source.child.ended).toBeUndefined();
  });
});
