/**
 * Random lives of a session against a front-end that behaves as QEMU does, invariants checked after every
 * step. The seed is printed by every run; `DOORBELL_SEED` repeats one.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isLogging } from './logging.ts';
import type { SessionState } from './state.ts';
import { DraftFrontEnd } from './testing/draft-front-end.ts';
import { SessionBench } from './testing/session-bench.ts';

type Action =
  | { readonly do: 'desire'; readonly queue: number; readonly accelerated: boolean }
  | { readonly do: 'cancel'; readonly queue: number }
  | { readonly do: 'start' | 'stop'; readonly queue: number }
  | { readonly do: 'stop-all' | 'start-all' | 'reset' }
  | { readonly do: 'enable'; readonly queue: number; readonly on: boolean }
  | { readonly do: 'memory' }
  | { readonly do: 'freeze'; readonly on: boolean }
  | { readonly do: 'answer' }
  | { readonly do: 'settle' }
  | { readonly do: 'pass'; readonly milliseconds: number }
  | { readonly do: 'page-per-vq'; readonly on: boolean }
  | { readonly do: 'device-fault'; readonly on: boolean }
  | { readonly do: 'device-breaks' }
  | { readonly do: 'log'; readonly on: boolean }
  | { readonly do: 'break'; readonly queue: number }
  | { readonly do: 'lose-channel' };

/** Mostly one queue: what goes wrong needs several things to happen to the same one. */
const queue = fc.oneof(
  { weight: 6, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.nat({ max: 3 }) },
);
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('desire' as const), queue, accelerated: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), queue }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('start' as const, 'stop' as const), queue }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('stop-all' as const, 'start-all' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('enable' as const), queue, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('memory' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('freeze' as const), on: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('answer' as const) }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('settle' as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      milliseconds: fc.constantFrom(5, 5, 20, 60, 300, 2100),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('page-per-vq' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('device-fault' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Action>({ do: 'device-breaks' }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('log' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const), queue }) },
);

interface Profile {
  readonly unmapsAtOnce: boolean;
  readonly mapsReadable: boolean;
  readonly dialect?: 'rfc2018';
}

/** What an operator asked for last, kept beside the engine to see that it never changes it. */
class Walk {
  readonly bench: SessionBench;
  readonly desired = ['software', 'software', 'software', 'software'];

  constructor(options: Profile) {
    const { unmapsAtOnce, dialect = 'upstream' } = options;
    this.bench = new SessionBench({ queuePairs: 2, unmapsAtOnce, dialect });
    this.bench.frontEnd.mapsReadable = options.mapsReadable;
    this.bench.frontEnd.unmapsAtOnce = options.unmapsAtOnce;
    this.bench.negotiate();
  }

  /** A front-end that is stopped by a signal sends nothing. */
  get canSpeak(): boolean {
    return !this.bench.frontEnd.frozen;
  }

  async take(step: Action): Promise<void> {
    const { bench } = this;
    const { frontEnd } = bench;
    switch (step.do) {
      case 'desire':
        this.desired[step.queue] = step.accelerated ? 'accelerated' : 'software';
        bench.setDesired(step.queue, step.accelerated ? 'accelerated' : 'software');
        return;
      case 'cancel':
        this.desired[step.queue] = 'software';
        bench.runner.post({ kind: 'cancel', queue: step.queue, request: 0 });
        return;
      case 'start':
        if (this.canSpeak) this.start(step.queue);
        return;
      case 'stop':
        if (this.canSpeak) bench.stopRing(step.queue);
        return;
      case 'start-all':
        if (!this.canSpeak) return;
        frontEnd.started = true;
        for (const index of [0, 1, 2, 3]) this.start(index);
        return;
      case 'stop-all':
        if (!this.canSpeak) return;
        for (const index of [0, 1, 2, 3]) bench.stopRing(index);
        frontEnd.started = false;
        return;
      case 'reset':
        if (!this.canSpeak) return;
        for (const index of [0, 1, 2, 3]) bench.stopRing(index);
        frontEnd.started = false;
        if (frontEnd instanceof DraftFrontEnd) frontEnd.reset();
        return;
      case 'enable':
        if (this.canSpeak) bench.send('SET_VRING_ENABLE', { index: step.queue, num: step.on ? 1 : 0 });
        return;
      case 'memory':
        if (this.canSpeak) bench.setMemory();
        return;
      case 'freeze':
        frontEnd.frozen = step.on;
        return;
      case 'answer':
        bench.answerOne();
        return;
      case 'settle':
        await bench.settle();
        return;
      case 'pass':
        await bench.pass(step.milliseconds);
        return;
      case 'page-per-vq':
        frontEnd.pagePerVq = step.on;
        return;
      case 'device-fault': {
        const faults = bench.accelerators[0]?.faults;
        if (faults !== undefined) faults.refuseStart = step.on ? { code: 'EIO', message: 'dead' } : null;
        return;
      }
      case 'device-breaks':
        bench.accelerators[0]?.fail('the walk broke it');
        return;
      case 'log':
        if (this.canSpeak) bench.setLogging(step.on);
        return;
      case 'break': {
        const ring = bench.dataPath.queues.get(step.queue);
        if (ring === undefined || ring.owner === 'nobody') return;
        ring.counters.broken = 'ring-chain-too-long';
        bench.runner.sample();
        return;
      }
      case 'lose-channel':
        bench.loseBackEnd();
        return;
    }
  }

  start(index: number): void {
    if (this.bench.queue(index).owner.kind === 'nobody') this.bench.startRing(index);
  }

  /** Throws with everything that is wrong now. Millions of these: plain comparisons, since `expect` costs far more. */
  check(): void {
    const { bench } = this;
    const { state } = bench.runner;
    const wrong: string[] = [];
    const must = (holds: boolean, what: string): void => {
      if (!holds) wrong.push(what);
    };
    must(bench.frontEnd.crashed === null, `the front-end crashed: ${bench.frontEnd.crashed}`);
    must(bench.closedBecause === null, `the connection was closed: ${bench.closedBecause}`);
    must(!bench.paused, 'reading is paused');
    const [held, named] = [bench.runner.held(), idsIn(state)].map((ids) => [...ids].sort().join());
    must(held === named, `held are ${held}, the state names ${named}`);
    for (const { index, owner, phase, evidence, desired } of state.queues) {
      const asked = this.desired[index];
      must(desired === asked, `queue ${index}: desired is ${desired}, asked was ${asked}`);
      must(phase !== 'mapped' || evidence >= 1, `queue ${index}: mapped on evidence ${evidence}`);
      // What an accelerator writes would not be marked.
      must(!isLogging(state) || owner.kind !== 'accelerator', `queue ${index}: accelerated while logging`);
      const ring = bench.dataPath.queues.get(index);
      if (ring === undefined) continue;
      must((ring.log !== null) === isLogging(state), `queue ${index}: has a log, or none, against the state`);
      must(ring.owner === owner.kind, `queue ${index}: owned by ${ring.owner}, the state says ${owner.kind}`);
      // A guest may ring a page that is mapped: whoever serves the ring must hear of it.
      const isUnheard = bench.frontEnd.mapped.has(index) && owner.kind === 'engine' && !ring.guarded;
      must(!isUnheard, `queue ${index}: its page is mapped and nobody looks at it`);
    }
    if (wrong.length > 0) throw new Error(wrong.join('\n'));
  }
}

/** Every id that a field of the state holds. */
function idsIn(state: SessionState): readonly number[] {
  const queues = state.queues.flatMap(({ kick, call, err, page, removed }) => [
    ...[kick, call, err].flatMap((notifier) => (notifier.kind === 'fd' ? [notifier.fd] : [])),
    ...(page.kind === 'none' ? [] : [page.area.id]),
    ...(removed === null ? [] : [removed.id]),
  ]);
  const { memory, retired, log } = state;
  return [
    ...queues,
    ...(log === null ? [] : [log]),
    ...(memory === null ? [] : [memory.id, ...memory.regions.map((one) => one.fd)]),
    ...retired,
  ];
}

const seed =
  process.env.DOORBELL_SEED === undefined ? Date.now() & 0x7fffffff : Number(process.env.DOORBELL_SEED);

async function walk(options: Profile, actions: readonly Action[]): Promise<Walk> {
  const one = new Walk(options);
  for (const index of [0, 1, 2, 3]) one.start(index);
  for (const step of actions) {
    await one.take(step);
    one.check();
  }
  return one;
}

describe(`Random lives of a session (seed ${seed})`, () => {
  const profiles = [
    ['whose maps can be read', { unmapsAtOnce: false, mapsReadable: true }],
    ['whose maps cannot be read', { unmapsAtOnce: false, mapsReadable: false }],
    ['that unmaps at once', { unmapsAtOnce: true, mapsReadable: true }],
    ['that speaks rfc2018', { unmapsAtOnce: true, mapsReadable: true, dialect: 'rfc2018' }],
  ] as const;

  it.each(profiles)(
    'keep every invariant with a front-end %s',
    { timeout: 120_000 },
    async (_name, options) => {
      console.log(`seed ${seed}`);
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 40, maxLength: 80 }), async (actions) => {
          const { bench } = await walk(options, actions);
          bench.disconnect();
          expect(bench.ledger.open).toBe(0);
          expect(bench.runner.held()).toEqual([]);
          expect(bench.clock.waiting).toBe(0);
          expect(bench.dataPath.memories.every((memory) => memory.closed)).toBe(true);
        }),
        { seed, numRuns: 150 },
      );
    },
  );

  it.each(profiles)(
    'reach what is desired in the end with a front-end %s',
    { timeout: 120_000 },
    async (_name, options) => {
      await fc.assert(
        fc.asyncProperty(fc.array(action, { minLength: 20, maxLength: 40 }), async (actions) => {
          const one = await walk(options, actions);
          const { bench } = one;
          for (const step of [
            { do: 'freeze', on: false },
            { do: 'page-per-vq', on: true },
            { do: 'device-fault', on: false },
            { do: 'log', on: false },
            { do: 'pass', milliseconds: 100 },
            { do: 'stop-all' },
            { do: 'start-all' },
          ] as const)
            await one.take(step);
          for (const index of [0, 1, 2, 3]) bench.send('SET_VRING_ENABLE', { index, num: 1 });
          await bench.pass(2500);
          one.check();
          expect(bench.runner.state.queues.map((queue) => queue.phase)).toEqual(
            one.desired.map((desired) => (desired === 'software' ? 'software' : 'mapped')),
          );
          if (bench.frontEnd instanceof DraftFrontEnd) {
            const accelerated = [0, 1, 2, 3].filter((index) => one.desired[index] === 'accelerated');
            expect([...bench.frontEnd.groups.keys()].sort()).toEqual(accelerated);
            expect([...bench.frontEnd.areas.keys()].sort()).toEqual(accelerated);
          }
        }),
        { seed, numRuns: 100 },
      );
    },
  );

  it('never reach an owner or a page by losing the channel', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            { weight: 20, arbitrary: action },
            { weight: 1, arbitrary: fc.constant({ do: 'lose-channel' } as const) },
          ),
          {
            minLength: 40,
            maxLength: 80,
          },
        ),
        async (actions) => {
          const { bench } = await walk({ unmapsAtOnce: false, mapsReadable: true }, actions);
          bench.disconnect();
          expect(bench.ledger.open).toBe(0);
        },
      ),
      { seed, numRuns: 100 },
    );
  });
});
