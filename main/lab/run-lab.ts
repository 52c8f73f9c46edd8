/**
 * The lab's run: simulated guests on real sockets of a real engine, first with all queues in software, then
 * all accelerated, then each queue toggled on its own, and at the end a count of every frame.
 */
import type { Addon, Traffic } from '../addon/surface.ts';
import { ok, type Result } from '../base/result.ts';
import type { LabEngine, LabFailure } from './engine-view.ts';
import { integrityOf, roundTripsOf } from './guest-sample.ts';
import { LabGuests, type GuestPlace, type RingShape } from './lab-guests.ts';
import type { LabLeg, LabSummary } from './lab-summary.ts';
import { OwnerWatch } from './owner-watch.ts';
import { quantile } from './quantile.ts';
import { isEngineAtRest, ratesBetween, totals, type Reading } from './rates.ts';
import { Toggles } from './toggles.ts';

export interface LabOptions {
  /** Endpoints that listen already and whose queues are desired in software. */
  readonly guests: readonly GuestPlace[];
  /** Power of two, 4…4096. */
  readonly rings: RingShape;
  readonly traffic: Traffic;
  /** Of each of the two measured legs. */
  readonly legSeconds: number;
  /** Changes of owner in the last part, over all queues; 0 leaves it out. Rounded up to whole round trips. */
  readonly toggles: number;
  readonly seed: number;
  /** Told what begins, for people. */
  readonly onStage: (stage: string) => void;
}

/** A ring that is not served within this time after its start never will be. */
const START_MS = 10_000;
/** Far above any round trip: what is not back by then is lost. */
const DRAIN_MS = 10_000;
/** A kick is read within microseconds where its reader has a CPU. An engine that is still kicked then really is. */
const LOOK_AGAIN_MS = 20;
const ARRIVAL_MS = 1000;

class LabRun {
  readonly #engine: LabEngine;
  readonly #guests: LabGuests;
  readonly #options: LabOptions;

  constructor(engine: LabEngine, guests: LabGuests, options: LabOptions) {
    this.#engine = engine;
    this.#guests = guests;
    this.#options = options;
  }

  async run(): Promise<Result<LabSummary, LabFailure>> {
    const { traffic, toggles: wanted, seed, onStage } = this.#options;
    const queues = this.#guests.queues;
    const watch = new OwnerWatch(this.#engine);
    const served = await Promise.all(queues.map((name) => watch.arrival(name, 'software', START_MS)));
    const down = served.find((result) => !result.ok);
    if (down !== undefined) return down;

    onStage('all queues in software');
    this.#guests.run(traffic);
    const software = await this.#leg(await this.#read());
    if (!software.ok) return software;

    onStage('all queues accelerated');
    const toggles = new Toggles(this.#engine);
    const there = await toggles.moveAll(queues, 'accelerated');
    if (!there.ok) return there;
    this.#guests.run(traffic);
    const accelerated = await this.#leg(await this.#readWhenArrived());
    if (!accelerated.ok) return accelerated;

    onStage(`${wanted} toggles, every queue on its own`);
    const back = await toggles.moveAll(queues, 'software');
    if (!back.ok) return back;
    this.#guests.run(traffic);
    if (wanted > 0) {
      const soaked = await toggles.soak(queues, wanted, seed);
      if (!soaked.ok) return soaked;
    }

    onStage('counting every frame');
    await this.#guests.drain(DRAIN_MS);
    const { done, blackoutsNs } = toggles.result;
    const waited = blackoutsNs.filter((ns) => ns > 0);
    return ok({
      simulated: true,
      guests: this.#guests.guests.length,
      queues: queues.length,
      legs: { software: software.value, accelerated: accelerated.value },
      toggles: {
        done,
        withWorkWaiting: waited.length,
        blackoutP50Ns: quantile(waited, 0.5),
        blackoutP99Ns: quantile(waited, 0.99),
        blackoutMaxNs: quantile(waited, 1),
        seed,
      },
      integrity: integrityOf(this.#guests.guests),
    });
  }

  async #leg(begin: Result<Reading, LabFailure>): Promise<Result<LabLeg, LabFailure>> {
    if (!begin.ok) return begin;
    await new Promise((resolve) => setTimeout(resolve, this.#options.legSeconds * 1000));
    const end = await this.#read();
    if (!end.ok) return end;
    return ok({ ...ratesBetween(begin.value, end.value), roundTrips: roundTripsOf(this.#guests.guests) });
  }

  /** What a guest sent to the engine before its page was mapped may arrive after it: the leg begins behind that. */
  async #readWhenArrived(): Promise<Result<Reading, LabFailure>> {
    const deadline = Date.now() + ARRIVAL_MS;
    let before = await this.#read();
    for (;;) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
      const now = await this.#read();
      const still = !before.ok || !now.ok || isEngineAtRest(before.value, now.value);
      if (still || Date.now() >= deadline) return now;
      before = now;
    }
  }

  async #read(): Promise<Result<Reading, LabFailure>> {
    const sessions = await this.#engine.snapshot();
    if (!sessions.ok) return sessions;
    const ours = new Set(this.#options.guests.map(({ session }) => session));
    const counters = totals(sessions.value.filter(({ name }) => ours.has(name)));
    return ok({ atNs: process.hrtime.bigint(), counters, ...this.#engine.cpu() });
  }
}

/** Ends its guests whatever comes of it; the engine stays the caller's. */
export async function runLab(
  addon: Addon,
  engine: LabEngine,
  options: LabOptions,
): Promise<Result<LabSummary, LabFailure>> {
  const guests = await LabGuests.start(addon, options.guests, options.rings);
  if (!guests.ok) return guests;
  try {
    return await new LabRun(engine, guests.value, options).run();
  } finally {
    guests.value.close();
  }
}
