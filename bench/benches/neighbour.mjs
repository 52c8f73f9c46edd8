// k: what a VM gets through the engine while another one, served by the same worker, corrupts its ring ten times a
// second, against what it gets alone.
import { serve } from '../engine.mjs';
import { paired } from '../pairs.mjs';
import { bundled } from '../programs.mjs';
import { virtioUser } from '../testpmd.mjs';
import { window } from '../throughput.mjs';

const NAMES = ['vm0', 'vm1'];

export const neighbour = {
  id: 'k',
  title: 'virtio-user → back-end, 64 B, beside a guest that corrupts its ring, against alone',
  unit: 'frames/s',
  reach: { atLeast: 0.85 },
  needs: ['testpmd'],
  run(options) {
    const front = {
      devices: (leg) => [virtioUser(leg.path('vm0.sock'))],
      words: ['--forward-mode=txonly', '--txpkts=64'],
      start: 'start',
      quick: options.quick,
    };
    const alone = (leg) => serve(leg, NAMES, ['--workers', '1']);
    const beside = async (leg) => {
      const engine = await alone(leg);
      const program = await bundled('hostile-guest');
      const words = ['-c', '1', process.execPath, program, leg.path('vm1.sock')];
      const hostile = leg.start('taskset', words, { watched: false });
      await hostile.saw(/^\{"corrupting"/m);
      return { ...engine, hostile };
    };
    const stillCorrupts = ({ hostile }) => {
      if (hostile.ended) throw new Error(`the hostile guest ended: ${hostile.output.slice(-500)}`);
    };
    return paired(
      () => window(alone, front),
      () => window(beside, front, async () => undefined, stillCorrupts),
      options,
    );
  },
};
