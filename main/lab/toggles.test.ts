import { describe, expect, it } from 'vitest';
import { err, ok, type Result } from '../base/result.ts';
import type { LabEngine, LabFailure, LabQueue, LabSession, Owner } from './engine-view.ts';
import { Toggles } from './toggles.ts';

/** An engine whose queues arrive one snapshot after they were sent, or never. */
class FakeEngine implements LabEngine {
  readonly moves: { queue: number; desired: Owner }[] = [];
  readonly #desired = new Map<number, Owner>();
  readonly #phases = new Map<number, string>();
  readonly #stuck: ReadonlySet<number>;

  constructor(queues: number, stuck: readonly number[] = []) {
    this.#stuck = new Set(stuck);
    for (let queue = 0; queue < queues; queue++) this.#phases.set(queue, 'software');
  }

  snapshot(): Promise<Result<readonly LabSession[], LabFailure>> {
    const queues = [...this.#phases].map(([index, phase]) => this.#record(index, phase));
    for (const [queue, desired] of this.#desired)
      this.#phases.set(queue, desired === 'accelerated' ? 'mapped' : 'software');
    return Promise.resolve(ok([{ name: 'lab', queues }]));
  }

  setDesired(_session: string, queue: number, desired: Owner): Promise<Result<void, LabFailure>> {
    if (this.#stuck.has(queue)) return Promise.resolve(err({ code: 'engine', message: 'refused' }));
    this.moves.push({ queue, desired });
    this.#desired.set(queue, desired);
    return Promise.resolve(ok(undefined));
  }

  cpu(): { readonly workersNs: null; readonly simulatedDeviceNs: null } {
    return { workersNs: null, simulatedDeviceNs: null };
  }

  #record(index: number, phase: string): LabQueue {
    return {
      index,
      enabled: true,
      phase,
      evidence: 1,
      reason: null,
      blackoutNs: 1000 + index,
      counters: {
        kicks: 0,
        doorbells: 0,
        interrupts: 0,
        calls: 0,
        engineDescriptors: 0,
        deviceDescriptors: 0,
      },
    };
  }
}

const names = (count: number): { session: string; queue: number }[] =>
  Array.from({ length: count }, (_, queue) => ({ session: 'lab', queue }));

describe('toggles', () => {
  it('count changes that arrived and note the blackout of each', async () => {
    const toggles = new Toggles(new FakeEngine(2));
    expect(await toggles.moveAll(names(2), 'accelerated')).toEqual({ ok: true, value: undefined });
    expect(toggles.result.done).toBe(2);
    expect([...toggles.result.blackoutsNs].sort()).toEqual([1000, 1001]);
  });

  it('of a soak are shared out evenly, and every queue ends in software', async () => {
    const engine = new FakeEngine(4);
    const toggles = new Toggles(engine);
    expect((await toggles.soak(names(4), 22, 1)).ok).toBe(true);
    expect(toggles.result.done).toBe(24);
    const last = (queue: number): Owner | undefined =>
      engine.moves.filter((move) => move.queue === queue).at(-1)?.desired;
    expect([last(0), last(1), last(2), last(3)]).toEqual(Array.from({ length: 4 }, () => 'software'));
  });

  it('of the other queues go on where one queue is refused, and the refusal is told', async () => {
    const toggles = new Toggles(new FakeEngine(3, [1]));
    const result = await toggles.soak(names(3), 12, 1);
    expect(result).toEqual({ ok: false, error: { code: 'engine', message: 'refused' } });
    expect(toggles.result.done).toBe(8);
  });

  it('of an unknown queue fail by name', async () => {
    const result = await new Toggles(new FakeEngine(1)).move({ session: 'lab', queue: 7 }, 'accelerated');
    expect(result).toEqual({
      ok: false,
      error: { code: 'queue', message: 'lab queue 7 does not exist' },
    });
  });
});
