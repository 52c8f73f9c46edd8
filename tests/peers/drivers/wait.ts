/** Polling with a deadline: the only way these tests wait. */
export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Polls until `look` gives something other than undefined, false or null; fails with `what` after `timeoutMs`. */
export async function until<T>(
  what: string | (() => string),
  look: () => T | Promise<T>,
  timeoutMs = 10_000,
  everyMs = 10,
): Promise<Exclude<T, undefined | null | false>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (isPresent(seen)) return seen;
    if (Date.now() > deadline)
      throw new Error(`after ${timeoutMs} ms still not: ${typeof what === 'string' ? what : what()}`);
    await sleep(everyMs);
  }
}

function isPresent<T>(seen: T): seen is Exclude<T, undefined | null | false> {
  return seen !== undefined && seen !== null && seen !== false;
}
