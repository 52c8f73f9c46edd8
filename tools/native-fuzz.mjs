// The fuzz targets of native/fuzz under libFuzzer, where there is a clang that has it.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { flavourFolder, makeNative } from './native-make.mjs';

const root = resolve(import.meta.dirname, '..');
const folder = flavourFolder('fuzzer');
const program = join(folder, 'out/Default/native_libfuzzer');
/** Longer ones spend their time in rings of hundreds of descriptors. */
const MAX_BYTES = 4096;
/** An input takes a millisecond. */
const TIMEOUT_SECONDS = 20;

/** A folder for each target: inputs that reach every edge which any known one does. */
export const CORPUS = join(root, 'native/fuzz/corpus');
/** What the runs found on this machine, for the next ones to go on from. */
export const FOUND = join(folder, 'found');
const FAILURES = join(folder, 'failures');

export const nativeTargets = () => readdirSync(CORPUS).sort();

/** The name of a clang++ that links libFuzzer and both sanitizers; null: none here does. */
export function findClang() {
  mkdirSync(folder, { recursive: true });
  const source = join(folder, 'probe.cc');
  writeFileSync(
    source,
    'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }\n',
  );
  const args = ['-fsanitize=fuzzer,address,undefined', source, '-o', join(folder, 'probe')];
  const versions = Array.from({ length: 12 }, (_, index) => `clang++-${25 - index}`);
  return ['clang++', ...versions].find((name) => spawnSync(name, args).status === 0) ?? null;
}

/** → null, or what went wrong. */
export const buildLibFuzzer = (clang) => makeNative(folder, 'fuzzer', ['native_libfuzzer'], clang);

function start(target, args, stdio) {
  const words = [`--target=${target}`, `-max_len=${MAX_BYTES}`, `-timeout=${TIMEOUT_SECONDS}`, ...args];
  return spawnSync(program, words, { stdio, encoding: 'utf8', maxBuffer: 1 << 28 });
}

/** Fuzzes from the corpus and from what was found before. → how many inputs, or null: there is a failure, and it was told. */
export function fuzzTarget(target, seconds) {
  const found = join(FOUND, target);
  for (const path of [found, FAILURES]) mkdirSync(path, { recursive: true });
  const artifacts = `${join(FAILURES, target)}-`;
  const flags = [`-max_total_time=${seconds}`, `-artifact_prefix=${artifacts}`, '-print_final_stats=1'];
  const { status, stderr } = start(target, [...flags, found, join(CORPUS, target)], 'pipe');
  const inputs = /number_of_executed_units: (\d+)/.exec(stderr)?.[1];
  if (status === 0 && inputs !== undefined) return Number(inputs);
  console.error(stderr.slice(-20_000));
  const [, failure] = /Test unit written to (\S+)/.exec(stderr) ?? [];
  if (failure !== undefined) console.error(`fuzz: repeat with: ${program} --target=${target} ${failure}`);
  return null;
}

/** Puts into the empty folder `into` the fewest and shortest inputs of `from` that reach every edge which those reach. */
export function mergeCorpus(target, into, from) {
  // Without counters an edge counts once, however often an input takes it.
  const flags = ['-merge=1', '-use_counters=0'];
  const { status, stderr } = start(target, [...flags, into, ...from], 'pipe');
  if (status !== 0) throw new Error(`${target}: ${stderr}`);
}
