// i: control messages decoded and stepped per second, on one CPU.
import { Unmeasurable } from '../errors.mjs';
import { repeated } from '../pairs.mjs';
import { Leg, watchDisturbance } from '../processes.mjs';
import { bundled } from '../programs.mjs';

const WANTED = 200_000;
const MANY_PAIRS = 16;

export const controlPlane = {
  id: 'i',
  title: 'control messages decoded and stepped, against 200 000 per second',
  unit: 'messages/s',
  reach: { atLeast: 1.0 },
  seconds: 25,
  async run(options) {
    const program = await bundled('control-plane');
    const measure = async (queuePairs = 1) => {
      const leg = new Leg();
      try {
        const words = ['-c', '1', process.execPath, '--single-threaded', program, `${queuePairs}`];
        const child = leg.start('taskset', words);
        const disturbance = watchDisturbance(leg.pids());
        await child.saw(/^\{"began"/m);
        const [line] = await child.saw(/^\{"messages".*$/m);
        const disturbed = disturbance();
        const { messages, seconds } = JSON.parse(line);
        if (!(messages > 0)) throw new Unmeasurable('no message was stepped');
        return { ours: messages / seconds, theirs: WANTED, disturbance: disturbed };
      } finally {
        await leg.end();
      }
    };
    const result = await repeated(() => measure(), options);
    const many = await measure(MANY_PAIRS);
    const notes = [
      ...(result.notes ?? []),
      `a session of ${MANY_PAIRS} queue pairs: ${Math.round(many.ours)} messages/s`,
    ];
    return { ...result, theirs: null, notes };
  },
};
