// The whole check of a checkout: npm test [-- --help]
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { preparePeers } from './peers/prepare.mjs';
import { endGroupsWithProcess, endStrays, run } from './process-group.mjs';
import { setup } from './setup.mjs';
import { asOne, countedLine, vitestReport } from './test-report.mjs';
import { readWords, refuse } from './words.mjs';

const root = resolve(import.meta.dirname, '..');
const reports = join(root, '.cache/reports');
/** Whatever the stages leave in the temporary directory goes with this run, also when it is interrupted. */
const scratch = mkdtempSync(join(tmpdir(), 'doorbell-'));

const command = (name, args, minutes, ...words) => ({ name, args: [...args, ...words], minutes });
const node = (...words) => [process.execPath, ...words];
const bin = (path) => node(`node_modules/${path}`);

/** A stage whose tests vitest runs and counts. */
const vitest = (name, config, minutes) => {
  const report = join(reports, `${name}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return {
    ...command(name, bin('vitest/vitest.mjs'), minutes, 'run', '--config', config, ...reporters),
    count: (ended) => vitestReport(report, ended),
  };
};
/** A stage that passes or fails as one. */
const check = (name, args, minutes) => ({ ...command(name, args, minutes), count: asOne });

/**
 * Stages in one row run at the same time, each from the end of the one that it names as `after`; those that measure time
 * or fill both cores run alone.
 */
const ROWS = [
  [
    check('types', bin('typescript/bin/tsc').concat('-b'), 5),
    check('imports', node('tools/check-imports.mjs'), 1),
    check('format', bin('prettier/bin/prettier.cjs').concat('--check', '--log-level=warn', '.'), 5),
    // The linter reads the declarations that the compiler wrote.
    { ...check('lint', bin('eslint/bin/eslint.js').concat('.'), 8), after: 'types' },
    { ...command('native', node('tools/native-tests.mjs'), 12), count: countedLine },
  ],
  [
    vitest('unit', 'vitest.config.mjs', 8),
    // Counts instructions, not time: nobody disturbs it. Its program is one that the native tests build.
    { ...command('hot-path', node('tools/hot-path.mjs'), 4), count: countedLine },
  ],
  [vitest('matrix', 'tests/matrix/vitest.config.ts', 4)],
  [vitest('lab', 'tests/lab/vitest.config.ts', 8)],
  [vitest('panel', 'tests/panel/vitest.config.ts', 8)],
  [vitest('desktop', 'tests/desktop/vitest.config.ts', 8)],
  [vitest('peers', 'tests/peers/vitest.config.ts', 14)],
  [vitest('vfio', 'tests/vfio-vm/vitest.config.ts', 12)],
];

/** Prints whole lines behind the name of their stage, so that stages running together stay readable. */
function prefixed(name) {
  let rest = '';
  return (text) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) if (line.trim() !== '') console.log(`${name.padEnd(8)}│ ${line}`);
  };
}

/** Of the random tests. A check says the same of the same code every time; new ground is for the long runs. */
function seedOf(soak) {
  const chosen = process.env.DOORBELL_SEED ?? (soak ? String(Date.now() % 1_000_000_000) : '20261127');
  return { DOORBELL_SEED: chosen };
}

/** Both make the tests that know of them take longer: `soak` by repetition, `long` by cases of their own. */
async function runStage(stage, { soak, long }) {
  const [program, ...args] = stage.args;
  const ended = await run(program, args, {
    cwd: root,
    env: {
      ...{ NO_COLOR: '1', FORCE_COLOR: '0', TMPDIR: scratch },
      ...seedOf(soak),
      ...(soak ? { DOORBELL_SOAK: '1' } : {}),
      ...(long ? { DOORBELL_LONG: '1' } : {}),
    },
    timeoutSeconds: stage.minutes * 60 * (soak || long ? 10 : 1),
    onOutput: prefixed(stage.name),
  });
  const counts = stage.count(ended);
  if (ended.timedOut) console.log(`${stage.name.padEnd(8)}│ ended after ${stage.minutes} minutes: too slow`);
  return { ...stage, ...counts, seconds: ended.seconds };
}

/** → the results in the row's order. */
function runRow(stages, values) {
  const running = new Map();
  for (const stage of stages) {
    const before = running.get(stage.after) ?? Promise.resolve();
    running.set(
      stage.name,
      before.then(() => runStage(stage, values)),
    );
  }
  return Promise.all(running.values());
}

const NAMES = ROWS.flat().map(({ name }) => name);
const USAGE = `npm test [-- OPTIONS]

  --only A,B   these stages alone: ${NAMES.join(', ')}
  --soak       what repeats or draws at random does so far longer, and from another seed
  --long       cases that take minutes, too
  --help       this text

DOORBELL_SEED=N repeats what a run with that seed drew. Ends with 1 where anything failed.`;

const { values } = readWords(USAGE, {
  soak: { type: 'boolean', default: false },
  long: { type: 'boolean', default: false },
  only: { type: 'string' },
});
const only = values.only?.split(',');
const unknown = only?.filter((name) => !NAMES.includes(name)) ?? [];
if (unknown.length > 0) refuse(USAGE, `no stage is called ${unknown.join(', ')}`);

/** Stages to run, or an explanation why there are none. */
async function main() {
  mkdirSync(reports, { recursive: true });
  await setup((line) => console.log(`setup   │ ${line}`));
  const { missing } = await preparePeers((line) => console.log(`peers   │ ${line}`));
  const results = [];
  for (const row of ROWS) {
    const chosen = row.filter((stage) => only === undefined || only.includes(stage.name));
    results.push(...(await runRow(chosen, values)));
    for (const stray of endStrays()) console.log(`left over, ended now: ${stray.slice(0, 200)}`);
  }
  return { results, missing };
}

function summarize({ results, missing }) {
  // Said again at the end: the log is long, and its reader may have no more than its end.
  for (const { name, failures } of results)
    for (const failure of failures) console.log(`\n${name}: ${failure}`);
  console.log('');
  for (const { name, passed, failed, skipped, seconds } of results)
    console.log(
      `${name.padEnd(8)} ${String(passed).padStart(5)} passed ${String(failed).padStart(3)} failed ` +
        `${String(skipped.length).padStart(3)} skipped ${seconds.toFixed(1).padStart(7)} s`,
    );
  for (const { part, reason } of missing) console.log(`skipped: ${part} (${reason})`);
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  return {
    passed: sum((r) => r.passed),
    failed: sum((r) => r.failed),
    skipped: sum((r) => r.skipped.length),
  };
}

endGroupsWithProcess();
// After the end of whoever still uses it.
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
const began = Date.now();
try {
  const outcome = await main();
  const { passed, failed, skipped } = summarize(outcome);
  // A machine that is meant to run everything must not turn green by lacking something.
  const incomplete = process.env.CI !== undefined && outcome.missing.length > 0;
  if (incomplete) console.log('CI is set: a missing part is a failure');
  process.exitCode = failed > 0 || incomplete ? 1 : 0;
  console.log(`total ${((Date.now() - began) / 60_000).toFixed(1)} minutes`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
} catch (error) {
  console.error(error.message);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
}
