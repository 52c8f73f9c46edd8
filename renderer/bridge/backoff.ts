/** Milliseconds until the next attempt: 0.25 s doubling up to 8 s. `attempt` counts failures from 0. */
export function backoffMs(attempt: number): number {
  return Math.min(8_000, 250 * 2 ** Math.min(attempt, 5));
}
