/** Builds a whole engine from one options value. */
import { err, type Result } from '../../main/base/result.ts';
import type { EngineOptions } from './options.ts';
import type { RunningEngine, StartError } from './running-engine.ts';

export function startEngine(options: EngineOptions): Promise<Result<RunningEngine, StartError>> {
  return Promise.resolve(
    err({
      code: 'not-possible',
      message: `No endpoint can be served yet (${options.endpoints.length} asked for).`,
    }),
  );
}
