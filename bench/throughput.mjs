// Frames per second through a back-end, as the front-end counts them: one leg of a paired bench.
import { Leg, sleep, watchDisturbance } from './processes.mjs';
import { command, frontEnd, sent } from './testpmd.mjs';

/** How long traffic runs before it is measured, and how long it is measured. */
export const windows = (quick) => (quick ? { warmMs: 400, windowMs: 800 } : { warmMs: 500, windowMs: 1500 });

/**
 * A window of testpmd's own traffic.
 * @param {(leg: Leg) => Promise<object>} backEnd starts it; `listening` of what it returns is checked by `check`
 * @param {{devices: (leg: Leg) => string[], words: string[], start: string, quick: boolean}} front
 * @param {(running: object, pump: object) => Promise<void>} check throws Unmeasurable
 * @param {(running: object) => void} afterwards looks whether everything still runs when it is over; throws
 */
export async function window(
  backEnd,
  { devices, words, start, quick },
  check = async () => undefined,
  afterwards = () => undefined,
) {
  const leg = new Leg();
  try {
    const running = await backEnd(leg);
    const front = await frontEnd(leg, devices(leg), words);
    await check(running, front);
    const { warmMs, windowMs } = windows(quick);
    await command(front, start);
    await sleep(warmMs);
    const disturbance = watchDisturbance(leg.pids());
    const began = process.hrtime.bigint();
    const before = await sent(front);
    await sleep(windowMs);
    const after = await sent(front);
    const seconds = Number(process.hrtime.bigint() - began) / 1e9;
    const value = (after - before) / seconds;
    afterwards(running);
    return { value, disturbance: disturbance() };
  } finally {
    await leg.end();
  }
}
