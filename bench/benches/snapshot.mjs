// j: reading the statistics of 512 queues at once, against 1 ms.
import { repeated, spread } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { bundled } from '../programs.mjs';

const QUEUES = 512;
const WANTED_NS = 1_000_000;

export const snapshot = {
  id: 'j',
  title: `statistics of ${QUEUES} queues read, against 1 ms`,
  unit: 'µs',
  reach: { atLeast: 1.0 },
  seconds: 25,
  async run(options) {
    const program = await bundled('snapshot');
    const took = [];
    const samples = [];
    const measure = async () => {
      const leg = new Leg();
      try {
        const child = leg.start('taskset', ['-c', '1', process.execPath, program, `${QUEUES}`]);
        await child.saw(/^\{"began"/m);
        const disturbance = watchDisturbance([child.pid]);
        const [line] = await child.saw(/^\{"statisticsNs".*$/m);
        const { statisticsNs, sampleNs } = JSON.parse(line);
        took.push(statisticsNs / 1000);
        samples.push(sampleNs / 1000);
        return { ours: 1 / statisticsNs, theirs: 1 / WANTED_NS, disturbance: disturbance() };
      } finally {
        await leg.end();
      }
    };
    const result = await repeated(measure, options);
    return {
      ...result,
      ours: spread(took),
      theirs: null,
      notes: [
        `the counters of the same queues as the panel reads them: ${spread(samples).median.toFixed(0)} µs`,
      ],
    };
  },
};
