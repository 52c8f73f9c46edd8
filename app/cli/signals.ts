/** SIGTERM and SIGINT end the engine; a second one, or an end that takes too long, ends the process. */
import type { RunningEngine } from '../compose/running-engine.ts';

/** The process is gone within 2 s of the first signal, whatever hangs. */
const LIMIT_MS = 1900;
const FAILED = 1;

export function endOnSignals(engine: RunningEngine): void {
  let isEnding = false;
  const end = (): void => {
    if (isEnding) process.exit(FAILED);
    isEnding = true;
    setTimeout(() => process.exit(FAILED), LIMIT_MS).unref();
    void engine.end();
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}
