import { join } from 'node:path';
import { DIALECTS } from '../../main/wire/dialect.ts';
import { decoderTarget } from './decoders.ts';
import { readSeeds } from './seeds.ts';
import type { Target } from './target.ts';
import { vmmTarget } from './vmm-handler.ts';

/** Everything that is fuzzed here; `root` is the repository. */
export function allTargets(root: string): readonly Target[] {
  const folder = join(root, 'tests/fuzz/seeds');
  const [frontend, backend] = [readSeeds(folder, 'frontend'), readSeeds(folder, 'backend')];
  return DIALECTS.flatMap((dialect) => [
    decoderTarget('frontend', dialect, frontend),
    decoderTarget('backend', dialect, backend),
    vmmTarget(dialect, backend),
  ]);
}
