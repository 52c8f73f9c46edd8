// npm run test:mutations [-- NAME…]: puts one fault at a time into the engine and asks who notices. `doorbell check`
// is asked first, against an engine with the fault; what it misses, the state tables (vitest) have to catch.
import { build } from 'esbuild';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { FAULTS } from './mutations/faults.mjs';

const root = resolve(import.meta.dirname, '..');
/** In the checkout: the addon is found by walking up from the bundle. */
const bundles = join(root, '.cache/mutations');
const REQUIRE =
  "import { createRequire as doorbellRequire } from 'node:module';const require = doorbellRequire(import.meta.url);";
/** Tests that hold the state tables and their walks. */
const TABLES = ['main/engine/matrix.test.ts', 'main/engine/vring.test.ts', 'main/wire/decode.test.ts'];

/** The source of the fault's file with the fault in it; the sources themselves are never touched. */
function faulty({ name, file, from, to }) {
  const source = readFileSync(join(root, file), 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${name}: its line is not once in ${file}`);
  return source.replace(from, () => to);
}

const inject = (fault) => ({
  name: 'fault',
  setup: ({ onLoad }) =>
    onLoad({ filter: /\.ts$/ }, ({ path }) =>
      path === join(root, fault.file) ? { contents: faulty(fault), loader: 'ts' } : undefined,
    ),
});

const bundle = (entry, outfile, plugins) =>
  build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    banner: { js: REQUIRE },
    logLevel: 'warning',
    plugins,
  });

/** The id of the first check with a finding, or null where the engine passed all of `only` (empty: all there are). */
async function firstFinding(checkBackEnd, path, only) {
  return new Promise((found) => {
    const onResult = ({ outcome, id }) => {
      if (outcome === 'finding') found(id);
    };
    checkBackEnd({ path, device: 'net', destructive: true, only, onResult }).then((outcome) =>
      found(outcome.kind === 'run' ? null : `unreachable: ${outcome.reason}`),
    );
  });
}

/** Which check notices the fault in this engine; the suspects are asked first, as they are likely to. */
async function noticedBy(checkBackEnd, engine, suspects) {
  const place = mkdtempSync(join(tmpdir(), 'doorbell-mutation-'));
  const socket = join(place, 'vm0.sock');
  const child = spawn(process.execPath, [engine, socket], { stdio: 'ignore' });
  try {
    for (let waited = 0; !existsSync(socket); waited += 20) {
      if (waited > 60_000 || child.exitCode !== null) return 'the engine does not start';
      await delay(20);
    }
    const first = suspects.length === 0 ? null : await firstFinding(checkBackEnd, socket, suspects);
    return first ?? (await firstFinding(checkBackEnd, socket, []));
  } finally {
    child.kill('SIGKILL');
    rmSync(place, { recursive: true, force: true });
  }
}

/** Whether the state tables fail with the fault in them. */
function tablesFail(fault) {
  const config = join(root, 'tools/mutations/vitest.config.mjs');
  const args = ['node_modules/vitest/vitest.mjs', 'run', '--config', config, ...TABLES];
  const env = { ...process.env, DOORBELL_FAULT: fault.name };
  return spawnSync(process.execPath, args, { cwd: root, env, stdio: 'ignore' }).status !== 0;
}

async function main() {
  const names = process.argv.slice(2);
  const chosen = FAULTS.filter(({ name }) => names.length === 0 || names.includes(name));
  mkdirSync(bundles, { recursive: true });
  const kit = join(bundles, 'conformance.mjs');
  const engine = join(bundles, 'engine.mjs');
  await bundle('app/compose/conformance.ts', kit, []);
  const { checkBackEnd } = await import(kit);
  await bundle('tests/mutations/engine.ts', engine, []);
  const unharmed = names.length === 0 ? await noticedBy(checkBackEnd, engine, []) : null;
  if (unharmed !== null) throw new Error(`the engine without a fault is found faulty: ${unharmed}`);
  let missed = 0;
  for (const fault of chosen) {
    await bundle('tests/mutations/engine.ts', engine, [inject(fault)]);
    const finding = await noticedBy(checkBackEnd, engine, fault.suspects);
    const by = finding !== null ? `check: ${finding}` : tablesFail(fault) ? 'state tables' : null;
    if (by === null) missed++;
    console.log(`${by === null ? 'MISSED' : 'caught'}  ${fault.name.padEnd(42)} ${by ?? fault.file}`);
  }
  console.log(`${chosen.length - missed} of ${chosen.length} faults caught`);
  return missed;
}

// A check that was given up may still wait for an engine that was ended.
process.exit((await main()) === 0 ? 0 : 1);
