/** Waiting for what another process does: there is nothing but its memory and its eventfds to see it by. */
import { setTimeout as delay } from 'node:timers/promises';

/** How long a back-end may take for anything that it must do. */
export const ANSWER_MS = 3_000;
/** How long nothing must happen before "it does not happen" is believed. */
export const QUIET_MS = 120;

/** How long a call may follow its completion. */
export const SIGNAL_MS = 1_000;

const POLL_MS = 1;

/** Whether `condition` came true within `ms`. */
export async function until(condition: () => boolean, ms = ANSWER_MS): Promise<boolean> {
  const end = performance.now() + ms;
  while (!condition()) {
    if (performance.now() > end) return false;
    await delay(POLL_MS);
  }
  return true;
}

/** Whether `condition` stayed true for QUIET_MS. */
export async function stays(condition: () => boolean): Promise<boolean> {
  return !(await until(() => !condition(), QUIET_MS));
}
