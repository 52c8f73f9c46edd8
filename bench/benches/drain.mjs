// a: DPDK virtio-user sends as fast as it can; the back-end takes each frame, copies its payload and drops it. Ours is
// the lab peer behind the switch, theirs testpmd in rxonly mode on net_vhost.
import { acknowledged, serve } from '../engine.mjs';
import { Unmeasurable } from '../errors.mjs';
import { paired } from '../pairs.mjs';
import { backEnd, vhost, virtioUser } from '../testpmd.mjs';
import { window } from '../throughput.mjs';

const RING_PACKED = 1n << 34n;

const drain = (bytes, packed) => ({
  id: `a-${bytes}-${packed ? 'packed' : 'split'}`,
  title: `virtio-user → back-end, ${bytes} B, ${packed ? 'packed' : 'split'}`,
  unit: 'frames/s',
  reach: { atLeast: bytes === 64 ? 1.0 : 1.2 },
  needs: ['testpmd'],
  hotPath: { path: 'sink', bytes, ring: packed ? 'packed' : 'split' },
  run(options) {
    const front = {
      devices: (leg) => [virtioUser(leg.path('vm0.sock'), { packed })],
      words: ['--forward-mode=txonly', `--txpkts=${bytes}`],
      start: 'start',
      quick: options.quick,
    };
    const theirs = () =>
      window((leg) => backEnd(leg, [vhost(leg.path('vm0.sock'))], ['--forward-mode=rxonly']), front);
    // virtio-user falls back to split rings without a word.
    const isPacked = async (engine) => {
      if (packed && ((await acknowledged(engine)) & RING_PACKED) === 0n)
        throw new Unmeasurable('the back-end does not offer packed rings');
    };
    return paired(theirs, () => window(serve, front, isPacked), options);
  },
});

export const drains = [64, 1500].flatMap((bytes) => [drain(bytes, false), drain(bytes, true)]);
