/**
 * The time for ages and elapsed steps. Everybody who asks for the same pace shares one clock and sees the same
 * moment: a notice that the engine is silent and the switches that it blocks change together.
 */
import { useCallback, useSyncExternalStore } from 'react';

interface Clock {
  now: number;
  readonly timer: ReturnType<typeof setInterval>;
  readonly listeners: Set<() => void>;
}

const clocks = new Map<number, Clock>();

function join(ms: number, listener: () => void): () => void {
  let clock = clocks.get(ms);
  if (clock === undefined) {
    const started: Clock = {
      now: Date.now(),
      listeners: new Set(),
      timer: setInterval(() => {
        started.now = Date.now();
        for (const one of started.listeners) one();
      }, ms),
    };
    clocks.set(ms, started);
    clock = started;
  }
  const { listeners, timer } = clock;
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    clocks.delete(ms);
  };
}

/** Before the clock runs, the time to its pace: two readings of one render must agree. */
const read = (ms: number): number => clocks.get(ms)?.now ?? Math.floor(Date.now() / ms) * ms;

/** Renders its user every `ms`; nothing else on the screen. */
export function useNow(ms: number): number {
  const subscribe = useCallback((listener: () => void) => join(ms, listener), [ms]);
  return useSyncExternalStore(subscribe, () => read(ms));
}
