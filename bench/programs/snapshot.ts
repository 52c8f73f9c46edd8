/**
 * How long it takes to read the statistics and the samples of QUEUES queues, many times: `snapshot.ts QUEUES`. Prints
 * {"statisticsNs":…,"sampleNs":…,"runs":…}, medians. Nothing goes through the queues; what is read is the same.
 */
import { loadAddon } from '../../main/addon/load.ts';

const RUNS = 400;
const queues = Number(process.argv[2]);
const path = loadAddon().createDataPath({ workers: 1, cpus: [], busyPollNs: 0, uplink: null });
if (!path.ok) throw new Error(path.error.message);
const dataPath = path.value;
const made = Array.from({ length: queues / 2 }, () => dataPath.port(null, null)).flatMap((port) => [
  dataPath.queue('rx', port),
  dataPath.queue('tx', port),
]);

function median(read: () => unknown): number {
  const took: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const began = process.hrtime.bigint();
    read();
    took.push(Number(process.hrtime.bigint() - began));
  }
  // The first ones are the compiler's.
  return took.slice(RUNS / 4).sort((a, b) => a - b)[Math.floor((RUNS * 3) / 8)] ?? 0;
}

console.log('{"began":true}');
const result = {
  statisticsNs: median(() => dataPath.statistics(made)),
  sampleNs: median(() => dataPath.sample(made)),
  runs: RUNS,
};
console.log(JSON.stringify(result));
// The bench reads from /proc what disturbed it, and ends it then.
setInterval(() => undefined, 1_000_000);
