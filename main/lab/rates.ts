/** What passed between two moments, as rates. Unknown stays null: a sum with one unknown part is unknown. */
import type { LabQueue, LabSession } from './engine-view.ts';

type CounterName = keyof LabQueue['counters'];

/** Totals of all queues at one moment. */
export interface Reading {
  /** Nanoseconds of a monotonic clock. */
  readonly atNs: bigint;
  readonly counters: Readonly<Record<CounterName, number | null>>;
  readonly workersNs: number | null;
  readonly simulatedDeviceNs: number | null;
}

export interface Rates {
  readonly seconds: number;
  /** Kick eventfd reads of the engine that found it signalled. */
  readonly kicksPerSecond: number | null;
  /** Observed changes of the notify pages: stores coalesce. */
  readonly doorbellsPerSecond: number | null;
  readonly interruptsPerSecond: number | null;
  readonly callsPerSecond: number | null;
  /** Descriptor chains, whoever completed them. */
  readonly completionsPerSecond: number | null;
  /** Those that the engine's workers completed. */
  readonly engineCompletionsPerSecond: number | null;
  /** Share of one core, 0 and up. */
  readonly workerCpu: number | null;
  /** Silicon in reality: never part of `workerCpu`. */
  readonly simulatedDeviceCpu: number | null;
}

const add = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a + b);
const minus = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a - b;

export function totals(sessions: readonly LabSession[]): Reading['counters'] {
  const queues = sessions.flatMap((session) => session.queues);
  const sum = (name: CounterName): number | null =>
    queues.reduce<number | null>((total, queue) => add(total, queue.counters[name]), 0);
  return {
    kicks: sum('kicks'),
    doorbells: sum('doorbells'),
    interrupts: sum('interrupts'),
    calls: sum('calls'),
    engineDescriptors: sum('engineDescriptors'),
    deviceDescriptors: sum('deviceDescriptors'),
  };
}

/** Nothing kicked the engine in between and it completed nothing. */
export const isEngineAtRest = (begin: Reading, end: Reading): boolean =>
  begin.counters.kicks === end.counters.kicks &&
  begin.counters.engineDescriptors === end.counters.engineDescriptors;

export function ratesBetween(begin: Reading, end: Reading): Rates {
  const ns = Number(end.atNs - begin.atNs);
  const seconds = ns / 1e9;
  const passed = (name: CounterName): number | null => minus(end.counters[name], begin.counters[name]);
  const perSecond = (count: number | null): number | null =>
    count === null || seconds === 0 ? null : count / seconds;
  const share = (cpuNs: number | null): number | null => (cpuNs === null || ns === 0 ? null : cpuNs / ns);
  return {
    seconds,
    kicksPerSecond: perSecond(passed('kicks')),
    doorbellsPerSecond: perSecond(passed('doorbells')),
    interruptsPerSecond: perSecond(passed('interrupts')),
    callsPerSecond: perSecond(passed('calls')),
    completionsPerSecond: perSecond(add(passed('engineDescriptors'), passed('deviceDescriptors'))),
    engineCompletionsPerSecond: perSecond(passed('engineDescriptors')),
    workerCpu: share(minus(end.workersNs, begin.workersNs)),
    simulatedDeviceCpu: share(minus(end.simulatedDeviceNs, begin.simulatedDeviceNs)),
  };
}
