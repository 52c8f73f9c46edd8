import { describe, expect, it } from 'vitest';
import { deltaOf, type QueueDelta } from '../../app/contract/delta.ts';
import type { ClientFrame, ServerFrame } from '../../app/contract/frames.ts';
import type { TransportListener } from '../bridge/transport.ts';
import { openPanel, type Panel } from './panel.ts';
import { engineSnapshot, mappedRecord, queueRecord, sessionSnapshot } from './testing/records.ts';

/** A window without time: frames and ticks come when the test says so. */
class Bench {
  readonly sent: ClientFrame[] = [];
  readonly panel: Panel;
  commits = 0;
  now = 1_000;
  isUp = true;
  #frames: (() => void)[] = [];
  #ticks: (() => void)[] = [];
  #listener: TransportListener | null = null;

  constructor() {
    this.panel = openPanel(
      (listener) => {
        this.#listener = listener;
        return {
          send: (frame) => {
            if (this.isUp) this.sent.push(frame);
            return this.isUp;
          },
          reconnect: () => undefined,
          dispose: () => undefined,
        };
      },
      {
        now: () => this.now,
        requestFrame: (run) => void this.#frames.push(run),
        later: () => undefined,
        isHidden: () => false,
        every: (run) => {
          this.#ticks.push(run);
          return () => undefined;
        },
      },
    );
    this.panel.store.subscribe(() => this.commits++);
  }

  up(): void {
    this.#listener?.link({ kind: 'connected', since: this.now });
  }

  receive(frame: ServerFrame | { readonly nonsense: true }): void {
    this.#listener?.frame(frame);
  }

  frame(): void {
    const frames = this.#frames;
    this.#frames = [];
    for (const run of frames) run();
  }

  tick(): void {
    for (const run of this.#ticks) run();
  }

  snapshot(seq: number): void {
    const session = sessionSnapshot('lab', { queues: [queueRecord(0), queueRecord(1)] });
    this.receive({
      kind: 'state',
      event: { kind: 'snapshot', seq, snapshot: engineSnapshot([session]), feed: [] },
    });
  }

  change(seq: number): void {
    this.receive({
      kind: 'state',
      event: {
        kind: 'changed',
        seq,
        sessions: [],
        removed: [],
        queues: [{ session: 'lab', queue: mappedRecord(0) }],
        accelerators: [],
        feed: [],
        readOnly: false,
      },
    });
  }

  moved(seq: number, delta: QueueDelta): void {
    this.receive({
      kind: 'paced',
      event: {
        kind: 'changed',
        seq,
        sessions: [],
        removed: [],
        queues: [],
        moved: [delta],
        accelerators: [],
        feed: [],
        readOnly: false,
      },
    });
  }
}

const subscriptions = (bench: Bench): number => bench.sent.filter(({ kind }) => kind === 'subscribe').length;

describe('openPanel', () => {
  it('ten seconds at 4 000 events a second are at most one commit a frame, and none is lost', () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    const frames = 600;
    const perFrame = Math.ceil(4_000 / 60);
    for (let frame = 0, seq = 0; frame < frames; frame++) {
      for (let event = 0; event < perFrame; event++) bench.change(++seq);
      bench.frame();
    }
    expect(bench.commits).toBeLessThanOrEqual(frames);
    expect(bench.panel.store.getState().seq).toBe(frames * perFrame);
    expect(bench.panel.store.getState().dropped).toBe(0);
  }, 60_000);

  it('a thousand events of one frame are one commit', () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    for (let seq = 1; seq <= 1_000; seq++) bench.change(seq);
    expect(bench.commits).toBe(0);
    bench.frame();
    expect(bench.commits).toBe(1);
    expect(bench.panel.store.getState().seq).toBe(1_000);
    expect(bench.panel.store.getState().dropped).toBe(0);
  });

  it('a dropped event asks for the snapshot again, once', () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    bench.frame();
    bench.change(2);
    bench.change(3);
    bench.frame();
    expect(subscriptions(bench)).toBe(2);
    bench.snapshot(4);
    bench.frame();
    expect(bench.panel.store.getState()).toMatchObject({ dropped: 1, seq: 4 });
  });

  it('a frame that no schema accepts is counted and changes no record', () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    bench.frame();
    const before = bench.panel.store.getState().queues;
    bench.receive({ nonsense: true });
    bench.frame();
    expect(bench.panel.store.getState().unreadable).toBe(1);
    expect(bench.panel.store.getState().queues).toBe(before);
  });

  it('the engine is told that its state was taken when it is in the picture, not before', () => {
    const bench = new Bench();
    bench.up();
    const taken = (): number => bench.sent.filter(({ kind }) => kind === 'taken').length;
    const session = sessionSnapshot('lab', { queues: [queueRecord(0)] });
    bench.receive({
      kind: 'paced',
      event: { kind: 'snapshot', seq: 0, snapshot: engineSnapshot([session]), feed: [] },
    });
    expect(taken()).toBe(0);
    bench.frame();
    expect(taken()).toBe(1);
    bench.frame();
    expect(taken()).toBe(1);
  });

  it('a record of which is told what moved is whole in the picture', () => {
    const bench = new Bench();
    bench.up();
    const session = sessionSnapshot('lab', { queues: [queueRecord(0)] });
    bench.receive({
      kind: 'paced',
      event: { kind: 'snapshot', seq: 0, snapshot: engineSnapshot([session]), feed: [] },
    });
    bench.moved(1, deltaOf('lab', queueRecord(0), mappedRecord(0)));
    bench.frame();
    expect(bench.panel.store.getState().queues.get('lab/0')).toEqual(mappedRecord(0));
  });

  it('what moved of a record that was never told is not guessed: the snapshot is asked for again', () => {
    const bench = new Bench();
    bench.up();
    bench.receive({
      kind: 'paced',
      event: { kind: 'snapshot', seq: 0, snapshot: engineSnapshot([]), feed: [] },
    });
    bench.moved(1, deltaOf('lab', queueRecord(0), mappedRecord(0)));
    bench.frame();
    expect(bench.panel.store.getState().unreadable).toBe(1);
    expect(subscriptions(bench)).toBe(2);
  });

  it('a request while the link is down is answered as not done', async () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    bench.frame();
    bench.isUp = false;
    bench.panel.setDesired('lab/0', 'accelerated');
    await Promise.resolve();
    await Promise.resolve();
    bench.frame();
    expect(bench.panel.store.getState().asked.get('lab/0')?.error?.code).toBe('unavailable');
  });

  it('an engine that falls silent is asked for something harmless', () => {
    const bench = new Bench();
    bench.up();
    bench.snapshot(0);
    bench.frame();
    const calls = (): number => bench.sent.filter(({ kind }) => kind === 'call').length;
    const before = calls();
    bench.now += 2_500;
    bench.tick();
    expect(calls()).toBe(before + 1);
    expect(bench.sent.at(-1)).toMatchObject({ name: 'counters.subscribe' });
  });

  it('the same queues on the screen are asked for once', () => {
    const bench = new Bench();
    bench.up();
    bench.frame();
    const before = bench.sent.length;
    bench.panel.watch(['lab/0', 'lab/1']);
    bench.panel.watch(['lab/0', 'lab/1']);
    expect(bench.sent.length).toBe(before + 1);
  });
});
