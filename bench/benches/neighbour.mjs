// k: what a VM gets through the engine while another one, served by the same worker, corrupts its ring four times a
// second, against what it gets beside one that does the same with a ring as it should be. (Alone it would get more: the
// switch floods frames for an address that nobody has to every VM there is.)
import { serve } from '../engine.mjs';
import { paired } from '../pairs.mjs';
import { bundled } from '../programs.mjs';
import { virtioUser } from '../testpmd.mjs';
import { window } from '../throughput.mjs';

const NAMES = ['vm0', 'vm1'];

export const neighbour = {
  id: 'k',
  title: 'virtio-user → back-end, 64 B, beside a guest that corrupts its ring, against one that does not',
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
    const beside = (kind) => async (leg) => {
      const engine = await serve(leg, NAMES, ['--workers', '1']);
      const program = await bundled('hostile-guest');
      const words = ['-c', '1', process.execPath, program, leg.path('vm1.sock'), kind];
      const other = leg.start('taskset', words, { watched: false });
      await other.saw(/^\{"turns"/m);
      return { ...engine, other };
    };
    const stillThere = ({ other }) => {
      if (other.ended) throw new Error(`the other guest ended: ${other.output.slice(-500)}`);
    };
    const leg = (kind) => () => window(beside(kind), front, async () => undefined, stillThere);
    return paired(leg('behaves'), leg('corrupts'), options);
  },
};
