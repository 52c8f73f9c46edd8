/**
 * What the real front-ends cannot be made to do on demand, done by the reference front-end in another process
 * than the engine: missing feature bits, refusals, silence.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadAddon } from '../../main/addon/load.ts';
import { GUEST_SAMPLE_FIELDS } from '../../main/addon/surface.ts';
import { Vmm, type VmmOptions } from '../../main/vmm/vmm.ts';
import { Bench, endBench } from './drivers/children.ts';
import { Doorbell } from './drivers/doorbell.ts';
import { RawFrontEnd } from './drivers/raw-front-end.ts';
import { until } from './drivers/wait.ts';

const TX = 1;
const REPLY_ACK = 1n << 3n;
const BACKEND_REQ = 1n << 5n;
const BACKEND_SEND_FD = 1n << 10n;
const HOST_NOTIFIER = 1n << 11n;
const ALL = REPLY_ACK | BACKEND_REQ | BACKEND_SEND_FD | HOST_NOTIFIER;

let bench: Bench;
let doorbell: Doorbell;
beforeEach(async () => {
  bench = new Bench();
  doorbell = await Doorbell.serve(bench);
});
afterEach((context) => endBench(bench, context));

/** A front-end with traffic; `heard` collects what the back-end asked of it. */
async function frontEnd(options: VmmOptions): Promise<{ readonly vmm: Vmm; readonly heard: string[] }> {
  const vmm = new Vmm(loadAddon(), options);
  bench.atEnd(() => {
    vmm.close();
  });
  const heard: string[] = [];
  vmm.onEvent((event) => heard.push(event.kind));
  const connected = await vmm.connect(doorbell.socket);
  const started = connected.ok ? await vmm.start() : connected;
  if (!started.ok) throw new Error(started.error.message);
  vmm.guest?.run({ kind: 'ping', rate: 1000 });
  return { vmm, heard };
}

/** Ends the traffic: everything that was sent came back once, in order. */
async function nothingLost(vmm: Vmm): Promise<void> {
  await vmm.guest?.drain(5000);
  const sample = vmm.guest?.sample() ?? new Float64Array();
  const count = (name: (typeof GUEST_SAMPLE_FIELDS)[number]): number =>
    sample[GUEST_SAMPLE_FIELDS.indexOf(name)] ?? Number.NaN;
  expect(count('sent')).toBeGreaterThan(0);
  expect(count('received')).toBe(count('sent'));
  expect(['lost', 'duplicated', 'reordered', 'corrupted'].map((name) => [name, 0])).toEqual(
    (['lost', 'duplicated', 'reordered', 'corrupted'] as const).map((name) => [name, count(name)]),
  );
}

describe('front-ends that take no notify page', () => {
  it.each([
    ['HOST_NOTIFIER', ALL & ~HOST_NOTIFIER, /^bit-not-negotiated$/],
    ['BACKEND_SEND_FD', ALL & ~BACKEND_SEND_FD, /^bit-not-negotiated$/],
    ['BACKEND_REQ', ALL & ~BACKEND_REQ, /^(bit-not-negotiated|no-backend-channel)$/],
  ])('%s not negotiated: relay with the reason, nothing sent', async (_, protocolFeatures, reason) => {
    const { vmm, heard } = await frontEnd({ protocolFeatures });
    expect((await doorbell.set('all', 'accelerated')).code).toBe(3);
    const queue = await doorbell.queue(TX);
    expect(queue).toMatchObject({ phase: 'relay', notify: 'relay', interrupt: 'direct' });
    expect(queue.reason?.code).toMatch(reason);
    await doorbell.untilQueue(
      'the accelerator serves',
      TX,
      (now) => (now.counters.deviceDescriptors ?? 0) > (queue.counters.deviceDescriptors ?? 0) + 100,
    );
    await doorbell.mustSet('all', 'software');
    await nothingLost(vmm);
    expect(heard.filter((kind) => kind.startsWith('notify'))).toEqual([]);
  });

  it('the page refused: relay, and a retry is refused again', async () => {
    const { vmm } = await frontEnd({
      faults: { refuseNotify: 1, refuseGroup: null, noReply: false, lateReplyMs: 0, disconnectOn: null },
    });
    for (let attempt = 0; attempt < 2; attempt++) {
      const { code, output } = await doorbell.set(TX, 'accelerated');
      expect(code).toBe(3);
      expect(output).toContain('page');
      expect((await doorbell.queue(TX)).reason?.code).toBe('page-refused');
    }
    await nothingLost(vmm);
  });

  it('no answer to anything: the ring is guarded in quarantine, and traffic goes on', async () => {
    const { vmm } = await frontEnd({
      faults: { refuseNotify: null, refuseGroup: null, noReply: true, lateReplyMs: 0, disconnectOn: null },
    });
    // Neither reached nor fallen back: whether the page is mapped is unknown.
    expect((await doorbell.set(TX, 'accelerated')).code).toBe(4);
    const queue = await doorbell.queue(TX);
    expect(queue).toMatchObject({ phase: 'quarantine', notifyRegion: { mapped: null } });
    expect(queue.reason?.code).toBe('removal-unanswered');
    await nothingLost(vmm);
  });
});

describe('a front-end that listens to err', () => {
  it('hears it when its ring breaks', async () => {
    const raw = new RawFrontEnd(doorbell.socket);
    bench.atEnd(() => {
      raw.close();
    });
    await raw.negotiate();
    const memory = await raw.mapMemory();
    const err = await raw.setErr(TX);
    await raw.startRing(TX);
    await doorbell.untilQueue('served', TX, (queue) => queue.phase === 'software');
    // avail.idx = 1000 in a ring of 64.
    raw.writeMemory(memory, TX * 0x1_0000 + 0x1000 + 2, Buffer.from([0xe8, 0x03]));
    raw.kick(TX);
    await doorbell.untilQueue('broken', TX, (queue) => queue.reason?.code === 'ring-index-jumped');
    await until('the err eventfd is signalled', () => raw.eventfdCount(err) > 0n);
    raw.close();
  });
});
