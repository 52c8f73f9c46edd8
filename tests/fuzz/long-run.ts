/** The long run, bundled and started by tools/fuzz.mjs: SECONDS for all targets together, then the counts. */
import { parseArgs } from 'node:util';
import { allTargets } from './all-targets.ts';
import { Random } from './random.ts';
import type { Target } from './target.ts';

/** Between two looks at the clock; also what is run again to find one that failed. */
const BATCH = 1_000;
const SLICE_MS = 200;
/** No execution takes a millisecond: a batch that takes this long hangs somewhere. */
const BATCH_LIMIT_MS = 60_000;

interface Count {
  readonly target: Target;
  executions: number;
  accepted: number;
}

function runBatch(count: Count, seed: number): void {
  const random = new Random(seed);
  const began = performance.now();
  for (let done = 0; done < BATCH; done++) {
    try {
      if (count.target.run(random) === 'accepted') count.accepted++;
    } catch (error) {
      throw new Error(`${count.target.name} failed at execution ${done} of seed ${seed}`, { cause: error });
    }
  }
  count.executions += BATCH;
  if (performance.now() - began > BATCH_LIMIT_MS)
    throw new Error(`${count.target.name} hangs at seed ${seed}`);
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { root: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
const targets = allTargets(values.root ?? '.');
const unknown = positionals.find((word) => !targets.some(({ name }) => name === word));
if (unknown !== undefined) {
  console.error(`no target is called ${unknown}: ${targets.map(({ name }) => name).join(', ')}, native`);
  process.exit(2);
}
const counts = targets
  .filter(({ name }) => positionals.length === 0 || positionals.includes(name))
  .map((target): Count => ({ target, executions: 0, accepted: 0 }));
let seed = Number(values.seed ?? Date.now() % 0x7fff_ffff);
console.log(`first seed ${seed}`);
const end = performance.now() + Number(values.seconds ?? '60') * 1000;
while (performance.now() < end) {
  // The same time for each: some take a hundred times as long as others.
  for (const count of counts)
    for (const next = performance.now() + SLICE_MS; performance.now() < next; seed++) runBatch(count, seed);
}
const total = counts.reduce((sum, { executions }) => sum + executions, 0);
for (const { target, executions, accepted } of counts)
  console.log(`${target.name.padEnd(20)} ${executions} executions, ${accepted} of them accepted`);
console.log(`${total} executions, nothing failed`);
