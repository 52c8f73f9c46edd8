// Writes native/fuzz/corpus anew: node tools/fuzz-corpus.mjs [SECONDS]. Fuzzes each target for that long (60), then keeps of
// the corpus and of everything found the inputs that between them reach every edge. Needs a clang++ with libFuzzer. Wanted
// when a target, or what it reads its input's bytes for, has changed.
import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  CORPUS,
  FOUND,
  buildLibFuzzer,
  findClang,
  fuzzTarget,
  mergeCorpus,
  nativeTargets,
} from './native-fuzz.mjs';
import { endGroupsWithProcess } from './process-group.mjs';

const seconds = Number(process.argv[2] ?? 60);

endGroupsWithProcess();
const clang = findClang();
const problem = clang === null ? 'no clang++ here has libFuzzer' : await buildLibFuzzer(clang);
if (problem !== null) throw new Error(problem);

for (const target of nativeTargets()) {
  if (fuzzTarget(target, seconds) === null) throw new Error(`${target} fails: nothing is written`);
  const kept = join(CORPUS, target);
  const merged = `${kept}.merged`;
  rmSync(merged, { recursive: true, force: true });
  mkdirSync(merged);
  mergeCorpus(target, merged, [kept, join(FOUND, target)]);
  rmSync(kept, { recursive: true });
  renameSync(merged, kept);
  const files = readdirSync(kept);
  const bytes = files.reduce((sum, file) => sum + statSync(join(kept, file)).size, 0);
  console.log(`${kept}: ${files.length} inputs, ${bytes} bytes`);
}
