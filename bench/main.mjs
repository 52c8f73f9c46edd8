// npm run bench: measures, side by side with DPDK where there is something to be compared with, and prints a table.
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus, release } from 'node:os';
import { installPackages } from '../tools/peers/packages.mjs';
import { hugePages } from '../tools/peers/prepare.mjs';
import { endGroupsWithProcess } from '../tools/process-group.mjs';
import { setup } from '../tools/setup.mjs';
import { readWords, refuse } from '../tools/words.mjs';
import { instructionsOf } from './instructions.mjs';
import { BENCHES, NOT_CHOSEN } from './registry.mjs';
import { table } from './table.mjs';
import { Unmeasurable } from './errors.mjs';

const FULL = { pairs: 9, attempts: 18 };
const QUICK = { pairs: 3, attempts: 3 };
/** What a bench may take that says nothing else: all of them together stay below half an hour. */
const SECONDS = 85;

const USAGE = `npm run bench [-- OPTIONS] [ID…]

  ID            \`a\` all of a, \`a-64-split\` one; none: all of
                ${BENCHES.map(({ id }) => id).join(' ')}
  --quick       three pairs of each: proves that it runs, its figures say little
  --json FILE   the figures there, too
  --help        this text

Half an hour for all, on a machine that does nothing else.`;

const { values, positionals } = readWords(
  USAGE,
  { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
  true,
);

const matches = (id) =>
  positionals.length === 0 || positionals.some((word) => id === word || id.startsWith(`${word}-`));

const unmeasured = (why) => ({ ratio: null, pairs: 0, rejected: 0, placement: null, why });

async function measure(bench, missing) {
  const packages = (bench.needs ?? []).flatMap((part) => missing[part] ?? []);
  if (packages.length > 0) return unmeasured(`missing packages: ${packages.join(' ')}`);
  if (!matches(bench.id)) return unmeasured(NOT_CHOSEN);
  if (availableParallelism() < 2) return unmeasured('two CPUs are needed');
  console.log(`${bench.id}: ${bench.title}`);
  const log = (line) => console.log(`  ${line}`);
  try {
    const { seconds = SECONDS } = bench;
    const instructions = await instructionsOf(bench);
    const result = await bench.run({ ...(values.quick ? QUICK : FULL), seconds, quick: values.quick, log });
    return { ...result, ...(instructions === null ? {} : { instructions }) };
  } catch (error) {
    log(error.message);
    return unmeasured(
      error instanceof Unmeasurable ? error.message : `failed: ${error.message.split('\n')[0]}`,
    );
  }
}

function machine() {
  return {
    cpu: cpus()[0].model,
    cpus: availableParallelism(),
    kernel: release(),
    hugePages: hugePages(),
    node: process.version,
    at: new Date().toISOString(),
    quick: values.quick,
  };
}

const strange = positionals.filter(
  (word) => !BENCHES.some(({ id }) => id === word || id.startsWith(`${word}-`)),
);
if (strange.length > 0) refuse(USAGE, `no bench is called ${strange.join(', ')}`);
endGroupsWithProcess();
await setup((line) => console.log(`setup: ${line}`));
const missing = await installPackages((line) => console.log(`peers: ${line}`));
const report = { machine: machine(), benches: [] };
for (const bench of BENCHES) {
  const { id, title, unit, reach } = bench;
  const result = await measure(bench, missing);
  report.benches.push({ id, title, unit: unit ?? null, reach: reach ?? null, ...result });
}
console.log('');
for (const line of table(report)) console.log(line);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
// A bench that failed is not one that could not be measured.
process.exit(report.benches.some(({ why }) => why?.startsWith('failed: ')) ? 1 : 0);
