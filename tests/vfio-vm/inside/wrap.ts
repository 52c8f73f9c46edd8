/**
 * Rings that run are handed over where their 16-bit index wraps, under traffic, and come back: every frame that the
 * guest sends is accounted for, and every descriptor is used once.
 */
import { strict as assert } from 'node:assert';
import { GUEST_SAMPLE_FIELDS, type Guest } from '../../../main/addon/surface.ts';
import type { Vmm } from '../../../main/vmm/vmm.ts';
import type { Bench } from '../../peers/drivers/children.ts';
import { Doorbell } from '../../peers/drivers/doorbell.ts';
import { until } from '../../peers/drivers/wait.ts';
import { wrapFigures } from '../wrap-figures.ts';
import type { Case } from './cases.ts';
import { connectVmm, FIRST, must, PATIENCE_MS, untilPhase } from './functions.ts';

const RX = 0;
const TX = 1;
const BOTH = [RX, TX];
const INDICES = 0x10000;
const CYCLES = 20;
/** Descriptors before the wrap: two turns of the ring. */
const TO_GO = 256;
/** Frames a second until the wrap; as many as the engine inside an emulated machine can serve, if those are fewer. */
const RATE = 2000;
/** While rings come back, which takes longer: what the device had brings no answer, and the guest waits for few. */
const CALM_RATE = 200;
/** Frames that each owner shall have of a cycle. */
const SOME = 20;
/** How much a stream that was held up catches up on at once. */
const CATCH_UP_MS = 10;

class WrapBench {
  readonly doorbell: Doorbell;
  readonly vmm: Vmm;
  /** Milliseconds that each change of owner took, of either queue. */
  readonly blackouts: number[] = [];

  private constructor(doorbell: Doorbell, vmm: Vmm) {
    this.doorbell = doorbell;
    this.vmm = vmm;
  }

  static async create(bench: Bench, freshBase: number): Promise<WrapBench> {
    const doorbell = await Doorbell.serve(bench, ['vm0'], ['--accelerator', `vfio:${FIRST}`]);
    return new WrapBench(doorbell, await connectVmm(bench, doorbell.socket, { freshBase }));
  }

  get guest(): Guest {
    const { guest } = this.vmm;
    if (guest === null) throw new Error('the front-end has no guest yet');
    return guest;
  }

  saw(field: (typeof GUEST_SAMPLE_FIELDS)[number]): number {
    return this.guest.sample()[GUEST_SAMPLE_FIELDS.indexOf(field)] ?? 0;
  }

  /** Both rings wait for their wrap, however far it is. */
  async arm(toGo: number): Promise<void> {
    for (const index of BOTH) await this.doorbell.wish(index, 'accelerated');
    for (const index of BOTH)
      await this.doorbell.untilQueue(
        'armed',
        index,
        ({ step }) => step?.name === 'wrap' && step.remaining === toGo,
        'vm0',
        PATIENCE_MS,
      );
  }

  async reach(index: number, phase: 'mapped' | 'software', timeoutMs = PATIENCE_MS): Promise<void> {
    const { blackoutNs } = await this.doorbell.untilQueue(
      phase,
      index,
      (queue) => queue.phase === phase,
      'vm0',
      timeoutMs,
    );
    if (blackoutNs !== null) this.blackouts.push(blackoutNs / 1e6);
  }

  /** TX first: its echoes find the rx queue with the device and are dropped. → most of them that may be. */
  async takeBack(): Promise<number> {
    await this.guest.drain(0);
    this.guest.run({ kind: 'stream', rate: CALM_RATE });
    const began = Date.now();
    for (const index of [TX, RX]) {
      await this.doorbell.wish(index, 'software');
      await this.reach(index, 'software');
    }
    return Math.ceil((CALM_RATE * (Date.now() - began + CATCH_UP_MS)) / 1000);
  }

  async descriptors(by: 'deviceDescriptors' | 'engineDescriptors'): Promise<number> {
    return (await this.doorbell.liveQueue(TX)).counters[by] ?? 0;
  }

  async untilMore(by: 'deviceDescriptors' | 'engineDescriptors', than: number): Promise<void> {
    await until(`more ${by} than ${than}`, async () => (await this.descriptors(by)) > than, PATIENCE_MS);
  }

  async drops(index = RX): Promise<number> {
    const { drops } = await this.doorbell.ask('queue.statistics', { session: 'vm0', index });
    return Object.values(drops).reduce((sum, count) => sum + count, 0);
  }

  /** What was sent is with the network behind the device, or came back, or was dropped and counted. */
  async account(): Promise<void> {
    await this.guest.drain(100);
    let books = '';
    await until(
      () => `every frame is accounted for: ${books}`,
      async () => {
        const tx = await this.doorbell.liveQueue(TX);
        const device = tx.counters.deviceDescriptors ?? 0;
        const engine = tx.counters.engineDescriptors ?? 0;
        const [sent, received, drops] = [this.saw('sent'), this.saw('received'), await this.drops()];
        books = JSON.stringify({ sent, received, device, engine, drops, at: [tx.availIdx, tx.usedIdx] });
        return tx.availIdx === tx.usedIdx && device + engine === sent && received + device + drops === sent;
      },
    );
    // The driver knows of each chain whether the device holds it: a used one that it does not hold is corrupt.
    for (const field of ['corrupted', 'duplicated', 'reordered'] as const)
      assert.equal(this.saw(field), 0, field);
    assert.equal(await this.drops(TX), 0, 'none of the guest’s frames was dropped');
  }

  async figures(cycles: number): Promise<string> {
    return wrapFigures({
      cycles,
      sent: this.saw('sent'),
      byDevice: await this.descriptors('deviceDescriptors'),
      echoed: this.saw('received'),
      dropped: await this.drops(),
      blackoutsMs: this.blackouts.map((ms) => Math.round(ms * 10) / 10),
    });
  }
}

export const togglesAtTheWrap: Case = async (bench) => {
  const wrap = await WrapBench.create(bench, INDICES - TO_GO);
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    must(await wrap.vmm.start());
    await wrap.arm(TO_GO);
    const device = await wrap.descriptors('deviceDescriptors');
    wrap.guest.run({ kind: 'stream', rate: RATE });
    for (const index of [TX, RX]) await wrap.reach(index, 'mapped');
    await wrap.untilMore('deviceDescriptors', device + SOME);
    const drops = await wrap.drops();
    const most = await wrap.takeBack();
    const engine = await wrap.descriptors('engineDescriptors');
    await wrap.untilMore('engineDescriptors', engine + SOME);
    await wrap.account();
    const dropped = (await wrap.drops()) - drops;
    assert.ok(dropped <= most, `${dropped} frames were dropped; ${most} could have come meanwhile`);
    must(await wrap.vmm.reset());
  }
  return wrap.figures(CYCLES);
};

/** From the first index all the way around, as a real guest gets there. */
export const wrapsByItself: Case = async (bench) => {
  const wrap = await WrapBench.create(bench, 0);
  must(await wrap.vmm.start());
  wrap.guest.run({ kind: 'stream', rate: 0 });
  await wrap.untilMore('engineDescriptors', SOME);
  for (const index of BOTH) await wrap.doorbell.wish(index, 'accelerated');
  for (const index of [TX, RX]) await wrap.reach(index, 'mapped', 10 * PATIENCE_MS);
  await wrap.untilMore('deviceDescriptors', SOME);
  assert.equal((await wrap.descriptors('engineDescriptors')) % INDICES, 0, 'handed over at the wrap');
  wrap.guest.run({ kind: 'none' });
  for (const index of BOTH) await wrap.doorbell.wish(index, 'software');
  for (const index of BOTH) await untilPhase(wrap.doorbell, index, 'software');
  await wrap.account();
  return wrap.figures(1);
};
