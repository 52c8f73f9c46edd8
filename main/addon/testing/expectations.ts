/** What the tests of native handles share: unwrapping of answers and waiting for what the kernel does. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import type { NativeResult, Received, Stream } from '../surface.ts';

/** The value of a native answer; a refusal fails the test with its words. */
export function valueOf<T>(result: NativeResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.value;
}

/** The code of a refusal, `ok` where there was none. */
export const codeOf = (result: NativeResult<unknown>): string => (result.ok ? 'ok' : result.error.code);

/** Polls `condition` at every turn of the loop, for at most `ms`. */
export async function until(condition: () => boolean, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`nothing after ${ms} ms: ${String(condition)}`);
    await turnOfTheLoop();
  }
}

/** Resolves when `stream` becomes readable; stops listening again. */
export function readable(stream: Stream): Promise<void> {
  return new Promise((resolve) => {
    stream.onReadable(() => {
      stream.onReadable(null);
      resolve();
    });
  });
}

/** The next bytes of `stream`; anything else fails the test. */
export async function nextData(stream: Stream, max = 4096): Promise<Received> {
  await readable(stream);
  const outcome = stream.receive(max);
  if (outcome.kind !== 'data') throw new Error(`expected data, got ${outcome.kind}`);
  return outcome.data;
}
